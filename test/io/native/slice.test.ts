// The slice of processor time that a thread asks for.

import { afterEach, describe, expect, test } from 'vitest'
import { schedAttr } from '../../../src/io/native/layout.ts'
import { type Libc, openLibc } from '../../../src/io/native/libc.ts'
import { openSlice, setSlice } from '../../../src/io/native/slice.ts'
import { hasSlices } from '../../support/slices.ts'

const libc = openLibc()

const atFirst = openSlice(libc)
afterEach(() => {
  setSlice(atFirst, false)
})

function sliceNs(): bigint {
  return openSlice(libc).usualNs
}

describe('a thread', () => {
  test('asks for the shortest slice and gives it back, where the kernel knows of slices', () => {
    const before = sliceNs()
    const slice = openSlice(libc)
    expect(setSlice(slice, true)).toBe(hasSlices)
    expect(sliceNs()).toBe(hasSlices ? 100_000n : before)
    expect(setSlice(slice, false)).toBe(hasSlices)
    expect(sliceNs()).toBe(before)
  })

  test('keeps its priority meanwhile', () => {
    const niceOf = (): number => {
      const attributes = new Uint8Array(schedAttr.size)
      libc.schedGetattr(0, attributes, schedAttr.size, 0)
      return new Int32Array(attributes.buffer)[4]!
    }
    const before = niceOf()
    setSlice(openSlice(libc), true)
    expect(niceOf()).toBe(before)
  })
})

describe('nothing is changed', () => {
  function withPolicy(policy: number, answered = 0): { libc: Libc; changes: number[] } {
    const changes: number[] = []
    const own: Libc = {
      ...libc,
      schedGetattr: (_thread, attributes) => {
        new Uint32Array(attributes.buffer).set([schedAttr.size, policy])
        new BigUint64Array(attributes.buffer)[schedAttr.runtime / 8] = 3_000_000n
        return answered
      },
      schedSetattr: (_thread, attributes) => changes.push(attributes.length),
    }
    return { libc: own, changes }
  }

  test.each([
    ['of a thread with a policy of its own, such as real time', 1, 0],
    ['where the call is forbidden', 0, -1],
  ])('%s', (_, policy, answered) => {
    const { libc: own, changes } = withPolicy(policy, answered)
    expect(setSlice(openSlice(own), true)).toBe(false)
    expect(changes).toEqual([])
  })
})
