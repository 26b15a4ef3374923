// The names of a zone while it is loaded: each once, with its records and its parent, in some typed arrays and not a million
// objects. Names are numbers here, the apex is 0. A name's ancestors down to the apex are names as soon as it is one (RFC 4592
// §2.2.2). A name's bytes stand where a record has them, as written; comparing minds no case (RFC 4343).

import { hashLabel, lowerByte, lowerName, ROOT_HASH } from '../wire/name.ts'
import { addBytes, ownerAtOf, type Records } from './records.ts'

export interface Names {
  readonly records: Records
  /** The apex, lower-cased. */
  readonly apex: Uint8Array
  readonly apexLabels: number
  readonly apexHash: number
  count: number
  /** By name: where its bytes begin, how many they are, its hash, its parent (−1: the apex has none). */
  at: Uint32Array
  size: Uint8Array
  hash: Int32Array
  parent: Int32Array
  /** By name: its first and its last record; −1 where it has none. */
  first: Int32Array
  last: Int32Array
  /** By record: the next one of its name, or −1; and its name, −1 outside the zone. */
  readonly next: Int32Array
  readonly nameOf: Int32Array
  /** Open addressing, at most half full: name + 1. */
  slots: Int32Array
  /** The name that is being looked for: lower-cased, with its labels and the hash of what begins with each. */
  readonly scan: Scan
}

interface Scan {
  readonly bytes: Uint8Array
  length: number
  labels: number
  readonly labelAt: Int32Array
  readonly hash: Int32Array
}

/** Of 255 bytes, and the root. */
const MAX_LABELS = 128

/** `apex` is absolute, in wire form. */
export function gatherNames(records: Records, apex: Uint8Array): Names {
  const names = openNames(records, lowerName(apex))
  for (let i = 0; i < records.count; i++) {
    const at = ownerAtOf(records, i)
    const name = i > 0 && at === ownerAtOf(records, i - 1) ? names.nameOf[i - 1]! : addNameAt(names, at)
    names.nameOf[i] = name
    names.next[i] = -1
    if (name < 0) continue
    if (names.first[name]! < 0) names.first[name] = i
    else names.next[names.last[name]!] = i
    names.last[name] = i
  }
  return names
}

function openNames(records: Records, apex: Uint8Array): Names {
  const room = 16
  const names: Names = {
    records,
    apex,
    apexLabels: 0,
    apexHash: 0,
    count: 0,
    at: new Uint32Array(room),
    size: new Uint8Array(room),
    hash: new Int32Array(room),
    parent: new Int32Array(room),
    first: new Int32Array(room),
    last: new Int32Array(room),
    next: new Int32Array(records.count),
    nameOf: new Int32Array(records.count),
    slots: new Int32Array(room * 2),
    scan: {
      bytes: new Uint8Array(256),
      length: 0,
      labels: 0,
      labelAt: new Int32Array(MAX_LABELS),
      hash: new Int32Array(MAX_LABELS),
    },
  }
  const at = addBytes(records, apex)
  scanName(names.scan, apex, 0)
  const opened = { ...names, apexLabels: names.scan.labels, apexHash: names.scan.hash[0]! }
  insert(opened, 0, at)
  opened.parent[0] = -1
  return opened
}

function scanName(scan: Scan, from: Uint8Array, at: number): void {
  const { bytes, labelAt, hash } = scan
  let length = 0
  let labels = 0
  for (;;) {
    const size = from[at + length]!
    labelAt[labels] = length
    for (const end = length + size; length <= end; length++) bytes[length] = lowerByte(from[at + length]!)
    if (size === 0) break
    labels++
  }
  scan.length = length
  scan.labels = labels
  hash[labels] = ROOT_HASH | 0
  for (let i = labels - 1; i >= 0; i--) hash[i] = hashLabel(hash[i + 1]!, bytes, labelAt[i]!)
}

/** The number of a name of the zone, −1 where there is none. */
export function findName(names: Names, name: Uint8Array): number {
  scanName(names.scan, name, 0)
  return isInZone(names) ? findScanned(names, 0) : -1
}

/** The number of a name, or of the nearest above it that the zone has; −1 outside the zone. */
export function findNearest(names: Names, name: Uint8Array): number {
  scanName(names.scan, name, 0)
  if (!isInZone(names)) return -1
  for (let label = 0; ; label++) {
    const found = findScanned(names, label)
    if (found >= 0) return found
  }
}

/** The number of a name, which is made where it is missing; −1 outside the zone. */
export function addName(names: Names, name: Uint8Array): number {
  const found = findName(names, name)
  return found >= 0 || !isInZone(names) ? found : addNameAt(names, addBytes(names.records, name))
}

function addNameAt(names: Names, at: number): number {
  const { scan } = names
  scanName(scan, names.records.bytes, at)
  const found = findScanned(names, 0)
  if (found >= 0) return found
  if (!isInZone(names)) return -1
  const added = insert(names, 0, at)
  let below = added
  // The apex is there, so this ends.
  for (let label = 1; ; label++) {
    let above = findScanned(names, label)
    const isNew = above < 0
    if (isNew) above = insert(names, label, at + scan.labelAt[label]!)
    names.parent[below] = above
    if (!isNew) return added
    below = above
  }
}

function isInZone({ scan, apex, apexLabels, apexHash }: Names): boolean {
  const label = scan.labels - apexLabels
  if (label < 0 || scan.hash[label] !== apexHash) return false
  const from = scan.labelAt[label]!
  if (scan.length - from !== apex.length) return false
  for (let i = 0; i < apex.length; i++) if (scan.bytes[from + i] !== apex[i]) return false
  return true
}

/** Of what begins with a label of the scanned name. */
function findScanned(names: Names, label: number): number {
  const { scan, slots, records, hash: hashes, size: sizes, at: starts } = names
  const hash = scan.hash[label]!
  const from = scan.labelAt[label]!
  const size = scan.length - from
  const mask = slots.length - 1
  for (let slot = hash & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
    const name = slots[slot]! - 1
    if (hashes[name] !== hash || sizes[name] !== size) continue
    if (isSame(records.bytes, starts[name]!, scan.bytes, from, size)) return name
  }
  return -1
}

function isSame(written: Uint8Array, at: number, lower: Uint8Array, from: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (lowerByte(written[at + i]!) !== lower[from + i]) return false
  return true
}

function insert(names: Names, label: number, at: number): number {
  const { scan } = names
  if (names.count === names.at.length) grow(names)
  const name = names.count++
  names.at[name] = at
  names.size[name] = scan.length - scan.labelAt[label]!
  names.hash[name] = scan.hash[label]!
  names.first[name] = -1
  names.last[name] = -1
  place(names.slots, scan.hash[label]!, name)
  return name
}

function place(slots: Int32Array, hash: number, name: number): void {
  const mask = slots.length - 1
  let slot = hash & mask
  while (slots[slot] !== 0) slot = (slot + 1) & mask
  slots[slot] = name + 1
}

function grow(names: Names): void {
  const room = names.at.length * 2
  const larger = (from: Int32Array): Int32Array<ArrayBuffer> => {
    const to = new Int32Array(room)
    to.set(from)
    return to
  }
  const at = new Uint32Array(room)
  at.set(names.at)
  const size = new Uint8Array(room)
  size.set(names.size)
  const [hash, parent, first, last] = [names.hash, names.parent, names.first, names.last].map(larger)
  Object.assign(names, { at, size, hash, parent, first, last })
  names.slots = new Int32Array(room * 2)
  for (let name = 0; name < names.count; name++) place(names.slots, names.hash[name]!, name)
}

/** A copy, lower-cased. */
export function nameBytes({ records, at, size }: Names, name: number): Uint8Array {
  return lowerName(records.bytes.subarray(at[name], at[name]! + size[name]!))
}

/** Whether its first label is a lone asterisk. */
export function isWildcard({ records, at }: Names, name: number): boolean {
  return records.bytes[at[name]!] === 1 && records.bytes[at[name]! + 1] === 42
}
