// A treatment map: which class of clients an address is in, to one or more services. All clients of a class are treated alike,
// whatever the health and the dice, and a prefix found here is as wide as it can be without touching another class: it is
// the scope. In shared memory, as the place image is.
//
//   head: magic, classes, the map's head (address-map.ts)
//   classes: a word each: a place whose clients are in the class · 4 + flags; the addresses' map

import { openLayout } from '../base/layout.ts'
import { type AddressMap, fillMap, layOutMap, type MapHead, mapHead } from '../geo/address-map.ts'
import type { IndexedRanges } from '../geo/range-index.ts'

export interface TreatmentMap {
  readonly classes: Uint32Array
  readonly map: AddressMap
}

export const ClassFlag = {
  /** Nowhere on the Internet: such clients are treated by the address that the packet came from. */
  bySender: 1,
  /** No answer holds for more than one bucket of clients, a /24 or /56. */
  byBucket: 2,
} as const
export const CLASS_FLAGS = 3
export const CLASS_SHIFT = 2

const MAGIC = 0x4d545231
const HEAD = 32

export function createTreatmentMap(classes: readonly number[], ranges: IndexedRanges): SharedArrayBuffer {
  const head = mapHead(ranges)
  const image = new SharedArrayBuffer(layOut(undefined, classes.length, head).end)
  new Uint32Array(image, 0, 7).set([MAGIC, classes.length, ...head])
  const bound = bindTreatmentMap(image)
  bound.classes.set(classes)
  fillMap(bound.map, ranges)
  return image
}

export function bindTreatmentMap(image: SharedArrayBuffer): TreatmentMap {
  const [magic, classes, ...head] = new Uint32Array(image, 0, 7)
  if (magic !== MAGIC) throw new Error('not a treatment map')
  return layOut(image, classes!, head as unknown as MapHead).map
}

function layOut(
  image: SharedArrayBuffer | undefined,
  classes: number,
  head: MapHead,
): { map: TreatmentMap; end: number } {
  const layout = openLayout(image, HEAD)
  const map = { classes: layout.words(classes), map: layOutMap(layout, head) }
  return { map, end: layout.end() }
}
