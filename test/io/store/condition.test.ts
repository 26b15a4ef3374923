import { expect, test } from 'vitest'
import { Failure } from '../../../src/core/base/failure.ts'
import { type Condition, openCondition } from '../../../src/io/store/condition.ts'
import { keepLog } from './samples.ts'

const steps: Record<string, (condition: Condition) => void> = {
  'read ok': (condition) => condition.succeed('read', 3),
  'publish ok': (condition) => condition.succeed('publish', 4),
  'read silent': (condition) => condition.fail('read', new Failure('store-unreachable', 'no answer')),
  'publish silent': (condition) => condition.fail('publish', new Failure('store-unreachable', 'no answer')),
  'read refused': (condition) => condition.fail('read', new Failure('store-refused', 'NOPERM')),
  'publish refused': (condition) => condition.fail('publish', new Failure('store-refused', 'READONLY')),
}

test.each<[string[], boolean, boolean, string[]]>([
  [[], false, true, []],
  [['read ok'], true, true, ['info']],
  [['publish ok'], true, true, ['info']],
  [['read silent'], false, false, ['warn']],
  [['read silent', 'publish silent', 'read silent'], false, false, ['warn']],
  [['read ok', 'publish silent'], false, false, ['info', 'warn']],
  [['read ok', 'publish ok', 'read silent', 'read ok'], true, false, ['info', 'warn', 'info']],
  [['read ok', 'publish refused', 'publish refused', 'read ok'], true, false, ['info', 'warn']],
  [['publish ok', 'read refused'], true, true, ['info']],
  [['read refused', 'publish refused'], false, false, ['warn', 'warn']],
])('after %j: reachable %s, writable %s, logged %j', (events, reachable, writable, levels) => {
  const log = keepLog()
  const condition = openCondition(() => 5, log)
  for (const event of events) steps[event]!(condition)
  expect(condition.state()).toMatchObject({ reachable, writable })
  expect(log.lines.map(({ level }) => level)).toEqual(levels)
})

test('sinceMs is the last turn, lastError the last failure, and both stay', () => {
  let nowMs = 10
  const condition = openCondition(() => nowMs, keepLog())
  expect(condition.state().sinceMs).toBe(10)
  for (const event of ['read ok', 'read ok', 'read silent', 'read ok', 'read ok']) {
    nowMs += 10
    steps[event]!(condition)
  }
  expect(condition.state()).toEqual({
    reachable: true,
    writable: false,
    sharesOverrides: true,
    sinceMs: 50,
    lastError: { code: 'store-unreachable', message: 'no answer', atMs: 40 },
    garbled: 0,
    reads: 4,
    writes: 0,
    failures: 1,
    lastLatencyMs: 3,
  })
})

test('the same garbled values are told once, others again', () => {
  const log = keepLog()
  const condition = openCondition(() => 0, log)
  for (const names of [['a', 'b'], ['b', 'a'], [], ['a']]) condition.garble('evidence', names)
  expect(condition.state().garbled).toBe(5)
  expect(log.lines.map(({ fields }) => fields['probers'])).toEqual(['a, b', 'a'])
})
