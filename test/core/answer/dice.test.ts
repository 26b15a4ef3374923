// The dice: fair over clients and over time, the same wherever the secret is the same, and nothing but what keys them matters.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawBelow, openDice, throwDice } from '../../../src/core/answer/dice.ts'
import { chiSquare, exceededOnceInThousand } from '../../support/chance.ts'

const secret = new TextEncoder().encode('sixteen byte key')

interface Throw {
  readonly keyLo?: number
  readonly keyHi?: number
  readonly family?: number
  readonly address?: readonly number[]
  readonly length?: number
  readonly nowSec?: number
  readonly ttlSec?: number
}

function thrown(options: Throw = {}, key = secret) {
  const {
    keyLo = 1,
    keyHi = 2,
    family = 4,
    address = [192, 0, 2, 1],
    length = 32,
    nowSec = 1_800_000_000,
    ttlSec = 30,
  } = options
  const dice = openDice(key)
  const bytes = Uint8Array.from([9, 9, ...address])
  throwDice(dice, keyLo, keyHi, family, bytes, 2, length, nowSec, ttlSec)
  return dice
}

const draw = (options?: Throw, node = 7, key = secret): number => drawBelow(thrown(options, key), node, 2 ** 32)

test('the same throw falls the same, in another context too', () => expect(draw()).toBe(draw()))

test.each<[string, Throw]>([
  ['the service', { keyLo: 2 }],
  ['the other half of the service', { keyHi: 3 }],
  ['the family', { family: 6 }],
  ['the address', { address: [192, 0, 2, 2] }],
  ['the length', { length: 31 }],
  ['the time, a slot later', { nowSec: 1_800_000_030 }],
])('%s makes another throw', (_, options) => expect(draw(options)).not.toBe(draw()))

test('so do another secret and another node', () => {
  expect(draw({}, 7, new TextEncoder().encode('another 16 bytes'))).not.toBe(draw())
  expect(draw({}, 8)).not.toBe(draw())
})

test('bits beyond the prefix do not matter, those within it do', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.integer({ min: 0, max: 128 }),
      fc.integer({ min: 0, max: 127 }),
      (bytes, length, bit) => {
        const flipped = bytes.slice()
        flipped[bit >> 3]! ^= 0x80 >> (bit & 7)
        const [a, b] = [bytes, flipped].map((each) => draw({ family: 6, address: [...each], length }))
        if (bit < length) expect(a).not.toBe(b)
        else expect(a).toBe(b)
      },
    ),
    { seed: 1, numRuns: 2000 },
  )
})

test('what was thrown before leaves nothing behind', () => {
  const dice = openDice(secret)
  throwDice(dice, 5, 6, 6, new Uint8Array(16).fill(255), 0, 128, 1, 1)
  throwDice(dice, 1, 2, 4, Uint8Array.of(192, 0, 2, 1), 0, 32, 1_800_000_000, 30)
  expect(drawBelow(dice, 7, 2 ** 32)).toBe(draw())
})

test.each([1, 2, 3, 100, 2 ** 31, 2 ** 32, 3e9, 2 ** 53 - 1])('all draws below %d are', (total) => {
  for (let i = 0; i < 2000; i++) {
    const drawn = draw({ address: [10, 0, i >> 8, i & 255] })
    const below = drawBelow(thrown({ address: [10, 0, i >> 8, i & 255] }), 3, total)
    expect(Number.isInteger(below) && below >= 0 && below < total && drawn < 2 ** 32).toBe(true)
  }
})

describe('fairness (p > 0.001)', () => {
  /** How 20 000 throws fall into as many parts as there are. */
  function parts(count: number, throwOf: (i: number) => Throw, node = 7): number[] {
    const seen = new Array<number>(count).fill(0)
    for (let i = 0; i < 20_000; i++) seen[drawBelow(thrown(throwOf(i)), node, count)]!++
    return seen
  }
  const client = (i: number): Throw => ({ address: [10, i >> 16, (i >> 8) & 255, i & 255] })

  test.each([2, 3, 4, 8, 10, 100])('over clients, in %d parts', (count) => {
    const value = chiSquare(parts(count, client), new Array<number>(count).fill(1))
    expect(value).toBeLessThan(exceededOnceInThousand[count - 1]!)
  })

  test('over neighbouring networks', () => {
    const value = chiSquare(
      parts(10, (i) => ({ address: [10, i >> 8, i & 255, 0], length: 24 })),
      new Array<number>(10).fill(1),
    )
    expect(value).toBeLessThan(exceededOnceInThousand[9]!)
  })

  test('over the slots of one client', () => {
    const value = chiSquare(
      parts(10, (i) => ({ nowSec: 1_800_000_000 + 30 * i })),
      new Array<number>(10).fill(1),
    )
    expect(value).toBeLessThan(exceededOnceInThousand[9]!)
  })

  test('draws of two nodes do not hang together, neighbours or far apart', () => {
    for (const [a, b] of [
      [7, 8],
      [7, 7 + 0x10001],
      [12, 20],
      [0, 0x10001],
    ] as const) {
      const seen = new Array<number>(16).fill(0)
      for (let i = 0; i < 20_000; i++) {
        const dice = thrown(client(i))
        seen[4 * drawBelow(dice, a, 4) + drawBelow(dice, b, 4)]!++
      }
      expect(chiSquare(seen, new Array<number>(16).fill(1))).toBeLessThan(exceededOnceInThousand[15]!)
    }
  })

  test('nor do two slots in a row, nor two services', () => {
    for (const other of [{ nowSec: 1_800_000_030 }, { keyLo: 2 }, { keyHi: 3 }]) {
      const seen = new Array<number>(16).fill(0)
      for (let i = 0; i < 20_000; i++)
        seen[4 * drawBelow(thrown(client(i)), 7, 4) + drawBelow(thrown({ ...client(i), ...other }), 7, 4)]!++
      expect(chiSquare(seen, new Array<number>(16).fill(1))).toBeLessThan(exceededOnceInThousand[15]!)
    }
  })
})

describe('slots', () => {
  test('last one TTL', () => {
    for (const ttlSec of [1, 7, 30, 3600]) {
      const slots = Array.from({ length: 5 * ttlSec + 1 }, (_, i) => thrown({ nowSec: 1_800_000_000 + i, ttlSec }).slot)
      const changes = slots.flatMap((slot, i) => (i > 0 && slot !== slots[i - 1] ? [i] : []))
      expect(changes).toHaveLength(5)
      for (const [i, at] of changes.entries()) if (i > 0) expect(at - changes[i - 1]!).toBe(ttlSec)
    }
  })

  test('start at another moment for each client, evenly over the TTL', () => {
    const starts = new Array<number>(10).fill(0)
    for (let i = 0; i < 5000; i++) {
      const address = [10, 0, i >> 8, i & 255]
      const first = thrown({ address, ttlSec: 10 }).slot
      let start = 1
      while (thrown({ address, ttlSec: 10, nowSec: 1_800_000_000 + start }).slot === first) start++
      starts[start - 1]!++
    }
    expect(chiSquare(starts, new Array<number>(10).fill(1))).toBeLessThan(exceededOnceInThousand[9]!)
  })

  test('a TTL of 0 has slots of a second', () => {
    expect(thrown({ ttlSec: 0, nowSec: 11 }).slot - thrown({ ttlSec: 0, nowSec: 10 }).slot).toBe(1)
  })
})
