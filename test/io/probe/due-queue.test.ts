import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Due, openDueQueue } from '../../../src/io/probe/due-queue.ts'

type Step = { push: number } | { remove: number } | 'pop'

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ push: fc.integer({ min: 0, max: 50 }) }) },
  fc.record({ remove: fc.nat(30) }),
  fc.constant<Step>('pop'),
)

test('what is due first comes out first, whatever was put in and taken out before', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = openDueQueue<Due>()
      const pushed: Due[] = []
      let expected: Due[] = []
      for (const each of steps) {
        expected.sort((a, b) => a.dueMs - b.dueMs)
        if (each === 'pop') {
          const item = queue.pop()
          expect(item?.dueMs).toBe(expected[0]?.dueMs)
          expected = expected.filter((other) => other !== item)
        } else if ('push' in each) {
          const item = { dueMs: each.push }
          pushed.push(item)
          expected.push(item)
          queue.push(item)
        } else if (pushed.length > 0) {
          const item = pushed[each.remove % pushed.length]!
          queue.remove(item)
          expected = expected.filter((other) => other !== item)
        }
        expect(queue.peek()?.dueMs).toBe(expected.length === 0 ? undefined : Math.min(...expected.map((i) => i.dueMs)))
      }
      const rest = []
      for (let item = queue.pop(); item; item = queue.pop()) rest.push(item.dueMs)
      expect(rest).toEqual(expected.map((item) => item.dueMs).sort((a, b) => a - b))
    }),
    { numRuns: 500 },
  )
})

test('an item that came out can be put in again, and is never in twice', () => {
  const queue = openDueQueue<Due>()
  const item = { dueMs: 1 }
  queue.push(item)
  expect(() => queue.push(item)).toThrow('already queued')
  expect(queue.pop()).toBe(item)
  queue.push(item)
  queue.remove(item)
  queue.remove(item)
  expect(queue.peek()).toBeUndefined()
})
