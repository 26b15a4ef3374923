// Where ALIAS records lead, found out when the configuration is loaded: through all zones of this server, as the packet path
// will, down to the names that only a resolver knows. Those are what the overlay holds. Circles and dead ends are the operator's
// mistakes. Not hot.

import { lowerName, MAX_NAME, nameLength, printName } from '../wire/name.ts'
import { Type } from '../wire/message.ts'
import { type NameScan, openNameScan, scanName } from '../wire/query.ts'
import { findZone } from '../zone/catalog.ts'
import { findName, findRrset, Landed, type Landing, serviceAt } from '../zone/find.ts'
import { ALIAS_SET, NodeField, RrsetField, type Zone } from '../zone/image.ts'
import type { RecordPlace } from '../zone/records.ts'
import { MAX_CHAIN } from './chain.ts'

/** One ALIAS record, as it is written. */
export interface AliasRecord {
  /** Absolute, in wire form. */
  readonly owner: Uint8Array
  readonly place: RecordPlace
}

export interface AliasZone {
  readonly zone: Zone
  readonly aliases: readonly AliasRecord[]
  /** By service: the names that its CNAME targets are. */
  readonly serviceNames: readonly (readonly Uint8Array[])[]
}

/** A name that a resolver is asked for. */
export interface AliasTarget {
  /** Lower-cased, in wire form. */
  readonly name: Uint8Array
  /** In presentation format, as everywhere it is spoken of. */
  readonly text: string
  /** The ALIAS records that lead to it, by their owners. */
  readonly owners: readonly string[]
}

export interface AliasFinding {
  readonly place: RecordPlace
  readonly message: string
  readonly severity: 'error' | 'warning'
}

interface Walk {
  readonly zones: readonly AliasZone[]
  readonly bound: readonly Zone[]
  readonly catalog: Uint32Array
  /** Names to be resolved, by presentation format. */
  readonly found: Map<string, { name: Uint8Array; owners: Set<string> }>
  readonly findings: AliasFinding[]
}

export function findAliasTargets(
  zones: readonly AliasZone[],
  catalog: SharedArrayBuffer,
): { targets: AliasTarget[]; findings: AliasFinding[] } {
  const bound = zones.map(({ zone }) => zone)
  const walk: Walk = { zones, bound, catalog: new Uint32Array(catalog), found: new Map(), findings: [] }
  for (const [index, { aliases }] of zones.entries()) {
    for (const alias of aliases) followRecord(walk, index, alias)
  }
  const targets = [...walk.found].map(([text, { name, owners }]) => ({ name, text, owners: [...owners] }))
  return { targets, findings: walk.findings }
}

function followRecord(walk: Walk, index: number, { owner, place }: AliasRecord): void {
  const zone = walk.bound[index]!
  const landing = land(zone, owner)
  // What is delegated or redirected away is not answered, and has been reported.
  if (landing.kind === Landed.cut || landing.kind === Landed.redirected) return
  const alias = findRrset(zone, landing.node, ALIAS_SET)
  const text = printName(owner)
  const path = [text.toLowerCase()]
  follow(walk, { owner: text, place, path, seen: new Map() }, targetOf(zone, alias))
}

/** The way so far: lower-cased names, the owner's first. */
interface Way {
  readonly owner: string
  readonly place: RecordPlace
  readonly path: readonly string[]
  /** What was followed before, and after how many names at most, so that many ways to one name are hardly more work than one. */
  readonly seen: Map<string, number>
}

function follow(walk: Walk, way: Way, name: Uint8Array): void {
  const text = printName(name).toLowerCase()
  const path = [...way.path, text]
  const complain = (severity: AliasFinding['severity'], message: string): void => {
    walk.findings.push({ place: way.place, message, severity })
  }
  if (way.path.includes(text)) {
    complain('error', `expected an ALIAS that leads to addresses, found a circle: ${path.join(' → ')}`)
    return
  }
  if (way.path.length > MAX_CHAIN) {
    complain('error', `expected at most ${MAX_CHAIN} names on the way to addresses, found more: ${path.join(' → ')}`)
    return
  }
  // By a longer way what comes behind may be too far.
  if ((way.seen.get(text) ?? 0) >= path.length) return
  way.seen.set(text, path.length)
  const index = findZone(walk.catalog, walk.bound, scanOf(name))
  const zone = walk.bound[index]
  const landing = zone && land(zone, name)
  if (!zone || landing?.kind === Landed.cut) {
    addTarget(walk, way.owner, text, name)
    return
  }
  const next = landing!.kind === Landed.redirected ? renamed(zone, landing!.node, name) : onward(walk, index, landing!)
  if (next === undefined) complain('warning', `ALIAS leads to ${text}, which has no address in our zones`)
  else for (const onwards of next) follow(walk, { ...way, path }, onwards)
}

/** Where it goes on from a node of ours: nowhere (an empty list) where the addresses are; undefined where there are none. */
function onward(walk: Walk, index: number, { kind, node }: Landing): readonly Uint8Array[] | undefined {
  if (kind === Landed.nowhere) return undefined
  const zone = walk.bound[index]!
  const service = serviceAt(zone, node)
  const names = service < 0 ? [] : walk.zones[index]!.serviceNames[service]!
  if (names.length > 0) return names
  const alias = findRrset(zone, node, Type.CNAME) || findRrset(zone, node, ALIAS_SET)
  if (alias !== 0) return [targetOf(zone, alias)]
  return service >= 0 || findRrset(zone, node, Type.A) + findRrset(zone, node, Type.AAAA) > 0 ? [] : undefined
}

/** By the DNAME at a node. */
function renamed(zone: Zone, node: number, name: Uint8Array): readonly Uint8Array[] | undefined {
  const target = targetOf(zone, findRrset(zone, node, Type.DNAME))
  const prefix = name.subarray(0, name.length - nameLength(zone.bytes, zone.words[node + NodeField.name]))
  return prefix.length + target.length > MAX_NAME ? undefined : [Uint8Array.from([...prefix, ...target])]
}

function addTarget({ found }: Walk, owner: string, text: string, name: Uint8Array): void {
  const known = found.get(text)
  if (known) known.owners.add(owner)
  else found.set(text, { name: lowerName(name), owners: new Set([owner]) })
}

function targetOf({ words, bytes }: Zone, rrset: number): Uint8Array {
  const at = words[rrset + RrsetField.data]! + 2
  return bytes.slice(at, at + nameLength(bytes, at))
}

function scanOf(name: Uint8Array): NameScan {
  const scan = openNameScan()
  scanName(name, 0, name.length, scan)
  return scan
}

function land(zone: Zone, name: Uint8Array): Landing {
  const landing: Landing = { kind: Landed.nowhere, node: 0, isCutItself: false }
  findName(zone, scanOf(name), landing)
  return landing
}
