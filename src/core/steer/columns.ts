// Which of the things known about places a tree asks for. Places that differ in nothing of that are one to the tree, so that
// it is asked once for them: of some hundred thousand places a tree of countries sees some hundred.

import type { Places } from '../geo/places.ts'

/** x, y and z are asked for together. */
const columns = [
  'country',
  'continent',
  'subdivision',
  'asn',
  'network',
  'vantage',
  'own',
  'special',
  'x',
  'y',
  'z',
] as const
type Column = (typeof columns)[number]

/** Places that are one to those who ask for some columns only. */
export interface Groups {
  /** One place of each. */
  readonly members: readonly number[]
  /** Per place; of those that no address is in it says nothing. */
  readonly groupOf: Uint32Array
}

export interface ColumnReader {
  /** As the places themselves, but it takes note of what is read. */
  readonly places: Places
  /** What has been read since the last `forget`, as bits. */
  read(): number
  forget(): void
  groupsBy(read: number): Groups
}

/** Bits that `read` always has: whether a place is one at all decides about its treatment. */
const ALWAYS = 1 << columns.indexOf('special')

/** `isUsed`: per place, 1 where any address is in it. */
export function openColumnReader(places: Places, isUsed: Uint8Array): ColumnReader {
  let bits = ALWAYS
  const noted = { ...places }
  for (const [i, column] of columns.entries()) {
    Object.defineProperty(noted, column, {
      get: () => {
        bits |= 1 << i
        return places[column]
      },
    })
  }
  const known = new Map<number, Groups>()
  return {
    places: noted,
    read: () => bits,
    forget: () => void (bits = ALWAYS),
    groupsBy(read) {
      const groups = known.get(read) ?? groupPlaces(places, isUsed, read)
      known.set(read, groups)
      return groups
    },
  }
}

function groupPlaces(places: Places, isUsed: Uint8Array, read: number): Groups {
  const groupOf = new Uint32Array(isUsed.length)
  let count = 1
  for (const [i, column] of columns.entries())
    if ((read & (1 << i)) !== 0) count = refine(groupOf, count, places[column])
  const members: number[] = []
  const numbers = new Int32Array(count).fill(-1)
  for (let place = 0; place < groupOf.length; place++) {
    if (isUsed[place] === 0) continue
    const group = groupOf[place]!
    if (numbers[group] === -1) numbers[group] = members.push(place) - 1
    groupOf[place] = numbers[group]!
  }
  return { members, groupOf }
}

/** Splits groups by one more column; returns how many there are then. */
function refine(groupOf: Uint32Array, count: number, column: Places[Column]): number {
  const numbers = new Map<number, number>()
  const values = new Map<number, number>()
  for (let place = 0; place < groupOf.length; place++) {
    const value = column[place]!
    let number = values.get(value)
    if (number === undefined) {
      number = values.size
      values.set(value, number)
    }
    const key = number * count + groupOf[place]!
    let group = numbers.get(key)
    if (group === undefined) {
      group = numbers.size
      numbers.set(key, group)
    }
    groupOf[place] = group
  }
  return numbers.size
}
