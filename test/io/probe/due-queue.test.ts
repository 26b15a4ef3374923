import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Due, openDueQueue } from '../../../src/io/probe/due-queue.ts'

test('what is due first comes out first, whatever was put in and taken out before', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined })), (steps) => {
      const queue = openDueQueue<Due>()
      let expected: number[] = []
      for (const dueMs of steps) {
        expected.sort((a, b) => a - b)
        if (dueMs === undefined) {
          expect(queue.peek()?.dueMs).toBe(expected[0])
          expect(queue.pop()?.dueMs).toBe(expected[0])
          expected = expected.slice(1)
        } else {
          queue.push({ dueMs })
          expected.push(dueMs)
        }
      }
      const rest = []
      for (let item = queue.pop(); item; item = queue.pop()) rest.push(item.dueMs)
      expect(rest).toEqual(expected.sort((a, b) => a - b))
    }),
  )
})

test('a cleared queue is empty', () => {
  const queue = openDueQueue<Due>()
  queue.push({ dueMs: 1 })
  queue.clear()
  expect(queue.peek()).toBeUndefined()
  expect(queue.pop()).toBeUndefined()
})
