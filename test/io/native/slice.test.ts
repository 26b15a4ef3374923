// The slice of processor time that a thread asks for.

import { afterEach, describe, expect, test } from 'vitest'
import { schedAttr } from '../../../src/io/native/layout.ts'
import { type Libc, openLibc } from '../../../src/io/native/libc.ts'
import { openSlice, setSlice } from '../../../src/io/native/slice.ts'
import { hasSlices } from '../../support/slices.ts'

const libc = openLibc()

const slice = openSlice(libc)
afterEach(() => setSlice(slice, false))

function sliceNs(): bigint {
  return openSlice(libc).usualNs
}

describe('a thread', () => {
  test('asks for the shortest slice and gives it back, where the kernel knows of slices', () => {
    const before = sliceNs()
    setSlice(slice, true)
    expect(sliceNs()).toBe(hasSlices ? 100_000n : before)
    setSlice(slice, false)
    expect(sliceNs()).toBe(before)
  })

  test('keeps its priority meanwhile', () => {
    const niceOf = (): number => {
      const attributes = new Uint8Array(schedAttr.size)
      libc.schedGetattr(0, attributes, schedAttr.size, 0)
      return new Int32Array(attributes.buffer)[4]!
    }
    const before = niceOf()
    setSlice(slice, true)
    expect(niceOf()).toBe(before)
  })
})

describe('the kernel is asked', () => {
  /** A kernel in which the usual slice is 3 ms; what it was told, in ns. */
  function withPolicy(policy: number, answered = 0): { libc: Libc; told: bigint[] } {
    const told: bigint[] = []
    const sliceOf = (attributes: Uint8Array): BigUint64Array =>
      new BigUint64Array(attributes.buffer, schedAttr.runtime, 1)
    const own: Libc = {
      ...libc,
      schedGetattr: (_thread, attributes) => {
        new Uint32Array(attributes.buffer).set([schedAttr.size, policy])
        sliceOf(attributes)[0] = 3_000_000n
        return answered
      },
      schedSetattr: (_thread, attributes) => told.push(sliceOf(attributes)[0]!),
    }
    return { libc: own, told }
  }

  test('once for each change, however often it is wanted', () => {
    const { libc: own, told } = withPolicy(0)
    const changing = openSlice(own)
    for (const isShort of [false, true, true, true, false, false, true]) setSlice(changing, isShort)
    expect(told).toEqual([100_000n, 3_000_000n, 100_000n])
  })

  test.each([
    ['of a thread with a policy of its own, such as real time', 1, 0],
    ['where the call is forbidden', 0, -1],
  ])('never %s', (_, policy, answered) => {
    const { libc: own, told } = withPolicy(policy, answered)
    setSlice(openSlice(own), true)
    expect(told).toEqual([])
  })
})
