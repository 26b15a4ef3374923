// What the schema of meridian.yaml says of settings that depend on one another.

import { expect, test } from 'vitest'
import { nodeConfig } from '../../src/app/config.ts'

const mistakesIn = (health: object): string[] => mistakesOf({ health })
const mistakesOf = (config: object): string[] =>
  (nodeConfig.safeParse(config).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)

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

test.each<[object, string[]]>([
  [{}, []],
  [{ mode: 'log_only', per_second: 0, slip: 2, exempt: [] }, []],
  [{ per_second: 100_001 }, ['rate_limit.per_second: ']],
  [{ window: '21s' }, ['rate_limit.window: expected a duration from 1s to 20s, found "21s"']],
  [{ exempt: ['10.0.0.1/8'] }, ['rate_limit.exempt.0: ']],
  [{ slips: 1, ipv6_prefix: 65 }, ['rate_limit.ipv6_prefix: ', 'rate_limit: ']],
])('rate_limit %o', (rate_limit, expected) => {
  const mistakes = mistakesOf({ rate_limit })
  expect(mistakes).toHaveLength(expected.length)
  for (const [i, start] of expected.entries()) expect(mistakes[i]!.slice(0, start.length)).toBe(start)
})
