// What is left to other probers of the region, and what never is.

import { expect, test } from 'vitest'
import { openRoster } from '../../src/app/roster.ts'
import { observeEvidence, openBelief } from '../../src/core/health/belief.ts'
import { checkConfig } from '../../src/io/probe/checks/index.ts'
import type { ProbeSubject } from '../../src/io/probe/prober.ts'
import { evidence, rule, sighting } from '../core/health/sightings.ts'

const web = checkConfig.parse({ tcp: { port: 80 } })
const push = checkConfig.parse({ push: { token: 'the-application-itself' } })
const combine = checkConfig.parse({ combine: { all: ['web', 'self'] } })
const one = (name: string, i: number, check = web): ProbeSubject => ({
  subject: `example.com/${name}@192.0.2.${i}:80`,
  check,
  address: `192.0.2.${i}`,
  port: 80,
})

test('what reports itself stays, alone or with all that is combined with it', () => {
  const plain = Array.from({ length: 40 }, (_, i) => [one('web', i), one('self', i, push)]).flat()
  const bound = Array.from({ length: 40 }, (_, i) => {
    const parts = [one('web', 100 + i), one('self', 100 + i, push)]
    const combination = { parts: parts.map(({ subject }) => subject), needed: 2, must: [], watch: [] }
    return [...parts, { ...one('all', 100 + i, combine), combination }]
  }).flat()
  const all = [...plain, ...bound]
  const belief = openBelief(rule(['eu'], 600_000))
  const seen = all.map(({ subject }) => sighting(true, { subject }))
  observeEvidence(belief, evidence('eu-2', 1, seen), 0)
  const roster = openRoster({ name: 'eu-1', region: 'eu', most: 1 }, all)
  expect(roster.look(belief, 1000)).toBe(true)
  const mine = roster.mine()
  expect(roster.left()).toBeGreaterThan(5)
  expect(mine.filter(({ check }) => check === push)).toHaveLength(80)
  for (const each of bound) expect(mine).toContain(each)
})
