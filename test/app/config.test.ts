// What the schema of meridian.yaml says of settings that depend on one another.

import { expect, test } from 'vitest'
import { nodeConfig } from '../../src/app/config.ts'

const mistakesIn = (health: object): string[] =>
  (nodeConfig.safeParse({ health }).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)

test.each<[object, string[]]>([
  [{ vantages: ['eu', 'us', 'ap'], rule: { down: 3 } }, []],
  [
    { vantages: ['eu', 'us'], rule: { down: 3 } },
    ['health.rule.down: expected no more than the 2 vantage regions there are, found 3'],
  ],
  [{ vantages: ['eu', 'us', 'eu'] }, ['health.vantages.2: expected each region once, found eu again']],
  [
    { vantages: Array.from({ length: 65 }, (_, i) => `r${i}`) },
    ['health.vantages: Too big: expected array to have <=64 items'],
  ],
  [{ rule: { down: 2 } }, ['health.rule.down: expected no more than the one vantage region there is, found 2']],
])('%o', (health, expected) => expect(mistakesIn(health)).toEqual(expected))
