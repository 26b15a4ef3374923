import { expect, test } from 'vitest'
import { openLatest } from '../../../src/io/store/latest.ts'

/** Jobs that end when told to. */
function jobs() {
  const begun: string[] = []
  const settled: string[] = []
  const ends: (() => void)[] = []
  const latest = openLatest((value: string) => {
    begun.push(value)
    return new Promise<void>((resolve) => void ends.push(resolve))
  })
  const offer = (value: string) => latest.offer(value).then(() => void settled.push(value))
  const endNext = async (): Promise<void> => {
    ends.shift()!()
    await new Promise(setImmediate)
  }
  return { begun, settled, offer, endNext, drop: latest.drop }
}

test('while one runs only the newest of the others waits, and the overtaken ones settle at once', async () => {
  const { begun, settled, offer, endNext } = jobs()
  for (const value of ['a', 'b', 'c', 'd']) void offer(value)
  await new Promise(setImmediate)
  expect([begun, settled]).toEqual([['a'], ['b', 'c']])
  await endNext()
  expect([begun, settled]).toEqual([
    ['a', 'd'],
    ['b', 'c', 'a'],
  ])
  void offer('e')
  await endNext()
  expect(begun).toEqual(['a', 'd', 'e'])
  await endNext()
  expect(settled).toEqual(['b', 'c', 'a', 'd', 'e'])
  void offer('f')
  expect(begun).toEqual(['a', 'd', 'e', 'f'])
})

test('what waits can be dropped, what runs cannot', async () => {
  const { begun, settled, offer, endNext, drop } = jobs()
  void offer('a')
  void offer('b')
  await new Promise(setImmediate)
  expect(settled).toEqual([])
  drop()
  await endNext()
  expect([begun, settled]).toEqual([['a'], ['b', 'a']])
})
