// Treatment maps for all services: which clients each service treats alike, worked out once by the loader, so that the scope
// of an answer is the widest prefix in which everybody would have got the same. Services that tell the same clients apart
// share a map.

import { rangesOf } from '../geo/address-map.ts'
import { bindPlaces, type Places } from '../geo/places.ts'
import { indexRanges } from '../geo/range-index.ts'
import { mapRanges, mergeRanges, openRanges, type Ranges, writeRange } from '../geo/ranges.ts'
import { holes } from '../geo/special.ts'
import { type Classes, classify } from './classes.ts'
import { type ColumnReader, openColumnReader } from './columns.ts'
import { type CompiledSteering, SERVICE, ServiceField, ServiceFlag, SERVICES_AT } from './compile.ts'
import { CLASS_SHIFT, ClassFlag, createTreatmentMap } from './treatment-map.ts'

export interface Treatments {
  /** A service's record holds 1 + the index of its map; 0 where everybody is treated alike. */
  readonly maps: readonly SharedArrayBuffer[]
  /** Services for which there was no room: their scopes are narrower than they could be. */
  readonly narrowed: readonly string[]
}

/** Bytes that maps may take. Beyond, services are told by place, which is right, and more than they need. */
const ROOM = 1 << 29

interface Compiling {
  readonly space: Space
  readonly reader: ColumnReader
  readonly places: Places
  readonly room: number
  readonly maps: SharedArrayBuffer[]
  readonly byShape: Map<string, number>
  readonly byClasses: Map<number, { readonly classes: Classes; readonly treatment: number }[]>
  readonly byPlace: Map<boolean, number>
  readonly narrowed: string[]
  used: number
}

/** Values are places; `HOLE` where IPv4 addresses stand in IPv6. */
interface Space {
  readonly v4: Ranges
  readonly v6: Ranges
}

const HOLE = 0xffffffff

/** Writes into the services' records which map is theirs. */
export function compileTreatments(
  image: SharedArrayBuffer,
  zones: readonly CompiledSteering[],
  room = ROOM,
): Treatments {
  if (zones.every(({ shapes }) => shapes.every((shape) => shape === ''))) return { maps: [], narrowed: [] }
  const places = bindPlaces(image)
  const { v4, v6 } = rangesOf(places.map)
  const space = { v4, v6: mergeRanges(v6, holes(), (place, hole) => (hole === 1 ? HOLE : place)) }
  const c: Compiling = {
    space,
    reader: openColumnReader(places, usedPlaces(space, places.own.length)),
    places,
    room,
    maps: [],
    byShape: new Map(),
    byClasses: new Map(),
    byPlace: new Map(),
    narrowed: [],
    used: 0,
  }
  for (const { table, shapes, names } of zones) {
    const words = new Uint32Array(table)
    const floats = new Float32Array(table)
    for (const [service, shape] of shapes.entries()) {
      const at = SERVICES_AT + service * SERVICE
      if (shape !== '')
        words[at + ServiceField.treatment] = treatmentOf(c, words, floats, at, shape, names.services[service]!)
    }
  }
  return { maps: c.maps, narrowed: c.narrowed }
}

function usedPlaces({ v4, v6 }: Space, count: number): Uint8Array {
  const isUsed = new Uint8Array(count)
  for (const ranges of [v4, v6])
    for (let i = 0; i < ranges.count; i++) if (ranges.values[i] !== HOLE) isUsed[ranges.values[i]!] = 1
  return isUsed
}

function treatmentOf(
  c: Compiling,
  words: Uint32Array,
  floats: Float32Array,
  at: number,
  shape: string,
  name: string,
): number {
  const treatment = c.byShape.get(shape) ?? compileShape(c, words, floats, at)
  c.byShape.set(shape, treatment)
  if (treatment !== 0 && [...c.byPlace.values()].includes(treatment)) c.narrowed.push(name)
  return treatment
}

function compileShape(c: Compiling, words: Uint32Array, floats: Float32Array, at: number): number {
  const classes = classify(words, floats, at, c.reader)
  if (classes.isOne) return 0
  const hash = hashOf(classes)
  const alike = c.byClasses.get(hash) ?? []
  const same = alike.find((other) => isSame(other.classes, classes))
  if (same) return same.treatment
  const map = createTreatmentMap(...group(c.space, classes))
  if (c.used + map.byteLength > c.room)
    return byPlace(c, (words[at + ServiceField.flags]! & ServiceFlag.usesBucket) !== 0)
  const treatment = addMap(c, map)
  c.byClasses.set(hash, [...alike, { classes, treatment }])
  return treatment
}

function addMap(c: Compiling, map: SharedArrayBuffer): number {
  c.used += map.byteLength
  return c.maps.push(map)
}

/** Each place is a class of its own. */
function byPlace(c: Compiling, hasBucket: boolean): number {
  const known = c.byPlace.get(hasBucket)
  if (known !== undefined) return known
  const classOf = Uint32Array.from(c.places.own, (_, place) => place)
  const words = Array.from(c.places.special, (special, place) => {
    const flags = (special === 1 ? ClassFlag.bySender : 0) | (hasBucket ? ClassFlag.byBucket : 0)
    return (place << CLASS_SHIFT) | flags
  })
  const treatment = addMap(c, createTreatmentMap(...group(c.space, { words, classOf, isOne: false })))
  c.byPlace.set(hasBucket, treatment)
  return treatment
}

function isSame(a: Classes, b: Classes): boolean {
  return (
    a.words.length === b.words.length &&
    a.words.every((word, i) => word === b.words[i]) &&
    a.classOf.every((number, place) => number === b.classOf[place])
  )
}

function hashOf({ classOf, words }: Classes): number {
  let hash = words.length
  for (const number of classOf) hash = Math.imul(hash ^ number, 0x01000193)
  return hash
}

/** The address space by class. */
function group(space: Space, { words, classOf }: Classes): Parameters<typeof createTreatmentMap> {
  // Two more: nobody is found in a hole, and the other half of a family that is all of one class has a class of its own, as
  // a scope of 0 would hold for the other family as well (RFC 7871 §7.3.1).
  const hole = words.length
  const v4 = mapRanges(space.v4, (place) => classOf[place]!)
  const v6 = mapRanges(space.v6, (place) => (place === HOLE ? hole : classOf[place]!))
  const first = v4.values[0]!
  return [[...words, 0, words[first]!], indexRanges(v4.count === 1 ? halves(first, hole + 1) : v4, v6)]
}

function halves(first: number, second: number): Ranges {
  const writer = openRanges(1, 2)
  writeRange(writer, Uint32Array.of(0), 0, first)
  writeRange(writer, Uint32Array.of(0x80000000), 0, second)
  return writer
}
