// The records of a zone by owner and type, for checking. Keys are the lower-cased wire form as a string, so that a Map finds a
// name and its ancestors (suffixes of the key) in a pass that stays linear for a million records.

import { lowerByte, lowerName } from '../../wire/name.ts'
import { targetNames, typeByCode } from '../../wire/rdata/index.ts'
import { ownerOf, placeOf, rdataOf, type RecordPlace, type Records, typeOf } from '../records.ts'

export const Code = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AFSDB: 18,
  KEY: 25,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  DNAME: 39,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  ALIAS: 65_401,
} as const

export interface RecordSet {
  readonly type: number
  /** Record indexes in the order read. */
  readonly records: number[]
}

export interface Owner {
  readonly key: string
  readonly sets: RecordSet[]
  service: RecordPlace | undefined
  /** What the service holds. */
  serviceTypes: readonly number[]
}

export interface Owners {
  readonly records: Records
  readonly byKey: Map<string, Owner>
  readonly apexKey: string
  /** Whether the zone delegates anything, so that most zones need not search for it. */
  hasCuts: boolean
  /** Whether it has a DNAME. */
  hasRedirections: boolean
}

export function openOwners(records: Records, apex: Uint8Array): Owners {
  return { records, byKey: new Map(), apexKey: keyOf(apex), hasCuts: false, hasRedirections: false }
}

export function keyOf(name: Uint8Array): string {
  return binaryString(lowerName(name))
}

function binaryString(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** Adds a record; false where its owner is outside the zone. `last` is the owner of the record before, which is often the same. */
export function addToOwners(owners: Owners, i: number, last: Owner | undefined): Owner | undefined {
  const key = keyOf(ownerOf(owners.records, i))
  const owner = last?.key === key ? last : ownerAt(owners, key)
  if (owner === undefined) return undefined
  const type = typeOf(owners.records, i)
  const set = setOf(owner, type)
  if (set === undefined) owner.sets.push({ type, records: [i] })
  else set.records.push(i)
  if (type === Code.NS && key !== owners.apexKey) owners.hasCuts = true
  if (type === Code.DNAME) owners.hasRedirections = true
  return owner
}

/** The owner of that key, made where it is missing; undefined outside the zone. */
export function ownerAt(owners: Owners, key: string): Owner | undefined {
  const known = owners.byKey.get(key)
  if (known !== undefined) return known
  if (!isWithinKey(key, owners.apexKey)) return undefined
  const owner: Owner = { key, sets: [], service: undefined, serviceTypes: [] }
  owners.byKey.set(key, owner)
  return owner
}

export function isWithinKey(key: string, ancestor: string): boolean {
  if (!key.endsWith(ancestor)) return false
  const start = key.length - ancestor.length
  let at = 0
  // The ancestor has to start where a label does.
  while (at < start) at += 1 + key.charCodeAt(at)
  return at === start
}

export function parentKey(key: string): string {
  return key.slice(1 + key.charCodeAt(0))
}

export function setOf(owner: Owner | undefined, type: number): RecordSet | undefined {
  return owner?.sets.find((set) => set.type === type)
}

/** By records of its own, or by an ALIAS. */
export function hasAddress(owner: Owner | undefined): boolean {
  return [Code.A, Code.AAAA, Code.ALIAS].some((type) => setOf(owner, type) !== undefined)
}

export function isWildcardKey(key: string): boolean {
  return key.startsWith('\u0001*')
}

/** The highest delegation at or above a name of the zone. */
export function cutAbove(owners: Owners, key: string): Owner | undefined {
  if (!owners.hasCuts) return undefined
  let cut: Owner | undefined
  for (let at = key; at.length > owners.apexKey.length; at = parentKey(at)) {
    const owner = owners.byKey.get(at)
    if (setOf(owner, Code.NS) !== undefined) cut = owner
  }
  return cut
}

/** A DNAME above a name of the zone. */
export function redirectionAbove(owners: Owners, key: string): Owner | undefined {
  if (!owners.hasRedirections) return undefined
  for (let at = key; at.length > owners.apexKey.length; ) {
    at = parentKey(at)
    const owner = owners.byKey.get(at)
    if (setOf(owner, Code.DNAME) !== undefined && !isWildcardKey(at)) return owner
  }
  return undefined
}

/** A wildcard that may answer for a name that does not exist. Whether something nearer blocks it (RFC 4592 §3.3) is not looked at. */
export function wildcardAbove(owners: Owners, key: string): Owner | undefined {
  for (let at = key; at.length > owners.apexKey.length; ) {
    at = parentKey(at)
    const wildcard = owners.byKey.get(`\u0001*${at}`)
    if (wildcard !== undefined) return wildcard
  }
  return undefined
}

/** The set's records without those that repeat an earlier one, names compared without case (RFC 2181 §5). */
export function distinctRecords(owners: Owners, set: RecordSet): number[] {
  if (set.records.length === 1) return set.records
  const seen = new Set<string>()
  return set.records.filter((i) => {
    const key = rdataKey(owners.records, i)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function rdataKey(records: Records, i: number): string {
  const rdata = rdataOf(records, i).slice()
  const offsets = typeByCode(typeOf(records, i)).nameOffsets(rdata)
  for (let at of offsets) for (; rdata[at] !== 0; at++) rdata[at] = lowerByte(rdata[at]!)
  return binaryString(rdata)
}

export function placeOfSet(owners: Owners, set: RecordSet): RecordPlace {
  return placeOf(owners.records, set.records[0]!)
}

export function targetKeys(owners: Owners, i: number): string[] {
  return targetNames(rdataOf(owners.records, i), typeOf(owners.records, i)).map(keyOf)
}

/** A key as a name to show. */
export function nameOfKey(key: string): Uint8Array {
  return Uint8Array.from(key, (char) => char.charCodeAt(0))
}
