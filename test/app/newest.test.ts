import { expect, test } from 'vitest'
import { openNewest } from '../../src/app/newest.ts'

test('one is under way at a time, of those that wait only the newest is sent, and none twice', () => {
  const sent: number[] = []
  const newest = openNewest<{ n: number }>(({ n }) => sent.push(n))
  newest.offer({ n: 1 })
  newest.offer({ n: 2 })
  newest.offer({ n: 3 })
  expect(sent).toEqual([1])
  newest.taken()
  expect(sent).toEqual([1, 3])
  newest.taken()
  newest.taken()
  expect(sent).toEqual([1, 3])
  newest.offer({ n: 4 })
  expect(sent).toEqual([1, 3, 4])
})
