// The records of a zone by owner and type, for checking. Keys are the lower-cased wire form as a string; a name's ancestors are
// suffixes of its key.

import { lowerName } from '../../wire/name.ts'
import { targetNames } from '../../wire/rdata/index.ts'
import { findName, findNearest, isWildcard, nameBytes, type Names } from '../names.ts'
import { placeOf, rdataOf, type RecordPlace, type Records, typeOf } from '../records.ts'
import { rdataKey } from '../sets.ts'

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
  readonly records: readonly number[]
}

/** A name with records or a service. Made when it is looked at, and forgotten: a zone may have a million. */
export interface Owner {
  /** Its number among the names. */
  readonly name: number
  readonly key: string
  readonly sets: readonly RecordSet[]
  readonly service: RecordPlace | undefined
  /** What the service holds. */
  readonly serviceTypes: readonly number[]
}

export interface Owners {
  readonly records: Records
  readonly names: Names
  readonly byKey: OwnersByKey
  readonly apexKey: string
  /** By name. */
  readonly services: Map<number, { readonly place: RecordPlace; readonly types: readonly number[] }>
  /** Whether the zone delegates anything, so that most zones need not search for it. */
  readonly hasCuts: boolean
  /** Whether it has a DNAME. */
  readonly hasRedirections: boolean
  /** By name: the highest delegation at or above it, −1 for none. */
  readonly cuts: Int32Array
}

export function openOwners(names: Names): Owners {
  const { records, nameOf } = names
  let hasRedirections = false
  const cuts = new Int32Array(names.count).fill(-1)
  for (let i = 0; i < records.count; i++) {
    const type = typeOf(records, i)
    if (type === Code.NS && nameOf[i]! > 0) cuts[nameOf[i]!] = nameOf[i]!
    if (type === Code.DNAME) hasRedirections = true
  }
  const hasCuts = cuts.some((cut) => cut >= 0)
  // As deep as a name has labels.
  const highest = (name: number): number => {
    const above = name === 0 ? -1 : highest(names.parent[name]!)
    return above < 0 ? cuts[name]! : above
  }
  if (hasCuts) for (let name = 0; name < names.count; name++) cuts[name] = highest(name)
  const owners = { records, names, apexKey: keyOf(names.apex), services: new Map(), hasCuts, hasRedirections, cuts }
  const byKey = new OwnersByKey(owners)
  return { ...owners, byKey }
}

/** Finds owners by key, in the order in which their names came up. */
class OwnersByKey {
  readonly #owners: OwnerSource
  /** The one that is being looked at is the same object for all who ask. */
  #current: Owner | undefined

  constructor(owners: OwnerSource) {
    this.#owners = owners
  }

  get(key: string): Owner | undefined {
    return this.at(findName(this.#owners.names, nameOfKey(key)))
  }

  /** The owner of that number; undefined for a name that only exists for those beneath it. */
  at(name: number): Owner | undefined {
    if (name === this.#current?.name) return this.#current
    return this.#exists(name) ? new NumberedOwner(this.#owners, name) : undefined
  }

  *values(): Generator<Owner> {
    for (let name = 0; name < this.#owners.names.count; name++) {
      if (this.#exists(name)) yield (this.#current = new NumberedOwner(this.#owners, name))
    }
  }

  /** Those with a record of the type. */
  *having(type: number): Generator<Owner> {
    const { names, records } = this.#owners
    for (let name = 0; name < names.count; name++) {
      let i = names.first[name]!
      while (i >= 0 && typeOf(records, i) !== type) i = names.next[i]!
      if (i >= 0) yield (this.#current = new NumberedOwner(this.#owners, name))
    }
  }

  #exists(name: number): boolean {
    return name >= 0 && (this.#owners.names.first[name]! >= 0 || this.#owners.services.has(name))
  }
}

type OwnerSource = Pick<Owners, 'records' | 'names' | 'services'>

/** Most are looked at for their sets alone. */
class NumberedOwner implements Owner {
  readonly name: number
  readonly #source: OwnerSource
  #key: string | undefined
  #sets: RecordSet[] | undefined

  constructor(source: OwnerSource, name: number) {
    this.#source = source
    this.name = name
  }

  get key(): string {
    return (this.#key ??= binaryString(nameBytes(this.#source.names, this.name)))
  }

  get sets(): readonly RecordSet[] {
    return (this.#sets ??= setsOf(this.#source, this.name))
  }

  get service(): RecordPlace | undefined {
    return this.#source.services.get(this.name)?.place
  }

  get serviceTypes(): readonly number[] {
    return this.#source.services.get(this.name)?.types ?? []
  }
}

function setsOf({ names, records }: OwnerSource, name: number): RecordSet[] {
  const sets: { type: number; records: number[] }[] = []
  for (let i = names.first[name]!; i >= 0; i = names.next[i]!) {
    const type = typeOf(records, i)
    const set = sets.find((each) => each.type === type)
    if (set === undefined) sets.push({ type, records: [i] })
    else set.records.push(i)
  }
  return sets
}

export function keyOf(name: Uint8Array): string {
  return binaryString(lowerName(name))
}

function binaryString(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
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
  return owners.byKey.at(owners.cuts[findNearest(owners.names, nameOfKey(key))] ?? -1)
}

/** The same of an owner. */
export function cutOf(owners: Owners, { name }: Owner): Owner | undefined {
  return owners.hasCuts ? owners.byKey.at(owners.cuts[name]!) : undefined
}

/** A DNAME above a name of the zone. */
export function redirectionAbove(owners: Owners, key: string): Owner | undefined {
  if (!owners.hasRedirections) return undefined
  const { names, byKey } = owners
  const nearest = findNearest(names, nameOfKey(key))
  // What does not exist lies beneath its nearest.
  let at = nearest >= 0 && names.size[nearest] === key.length ? names.parent[nearest]! : nearest
  for (; at >= 0; at = names.parent[at]!) {
    const owner = byKey.at(at)
    if (setOf(owner, Code.DNAME) !== undefined && !isWildcard(names, at)) return owner
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
export function distinctRecords(owners: Owners, set: RecordSet): readonly number[] {
  if (set.records.length === 1) return set.records
  const seen = new Set<string>()
  return set.records.filter((i) => {
    const key = rdataKey(owners.records, i)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
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
