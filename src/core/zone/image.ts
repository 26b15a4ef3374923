// The zone image: every name and RRset of a zone in wire form, in one SharedArrayBuffer that all threads read.
//
//   header   HEADER words
//   slots    open-addressing hash table: [name hash, node or 0] …, at most half full
//   nodes    one after the other, the apex first, each with all that belongs to it, so that a query whose name nobody asked for
//            lately waits for memory twice and not five times:
//              NODE words: hash, name at, flags, RRset count, wildcard child, service + 1, cut or DNAME, words in all
//              RRSET words for each RRset: type, count, ttl, data at, layout, glue at (of a CNAME the node that it leads to, 0
//              where that is not simply a name of this zone)
//              bytes: the name (lower-cased, wire) and data ([rdata length, rdata] …), up to a whole word
//   glue     [count that must be sent, count in all, (node, name at) …] for sets whose names have addresses in the zone
//   bytes    names that wildcards stand for in glue
//
// Facts that a query would have to search for are bits computed here: whether a node is a cut, lies beneath one, is an empty
// non-terminal, which wildcard a closest encloser has. Addresses are word indexes, 0 for none, except `name at` and `data at`:
// bytes.

import { lowerByte, nameLength } from '../wire/name.ts'
import { ALIAS } from '../wire/rdata/alias.ts'
import { layoutOf } from '../wire/rdata/index.ts'
import { Type } from '../wire/message.ts'
import { findCovers, NodeFlag } from './cover.ts'
import { collectGlue, type Draft, type GlueList, openGlue } from './glue.ts'
import { addName, findName, gatherNames, type Names } from './names.ts'
import { type Records, rdataAtOf, rdataLengthOf } from './records.ts'
import { gatherSets, openSets } from './sets.ts'

export { NodeFlag } from './cover.ts'

export const HEADER = 12
export const NODE = 8
export const RRSET = 6

export const At = {
  magic: 0,
  mask: 1,
  slots: 2,
  nodes: 3,
  nodeCount: 4,
  /** Where the glue begins. */
  nodesEnd: 5,
  negativeTtl: 6,
  apexLabels: 7,
  serial: 8,
  recordCount: 9,
} as const

export const NodeField = {
  hash: 0,
  name: 1,
  flags: 2,
  rrsetCount: 3,
  wildcard: 4,
  service: 5,
  cut: 6,
  words: 7,
} as const
/** `leadsTo`: of a CNAME, which has no glue. */
export const RrsetField = { type: 0, count: 1, ttl: 2, data: 3, layout: 4, glue: 5, leadsTo: 5 } as const

/** ALIAS is stored under a type that no question can name: what a name's addresses come from is nobody's business. */
export const ALIAS_SET = 0x1_0000 | ALIAS.code

const MAGIC = 0x4d5a4932

/** Which service answers at an owner (absolute, wire form). */
export interface ServiceOwner {
  readonly owner: Uint8Array
  readonly service: number
}

/**
 * Builds the image of a zone that `checkZone` has found no error in. `apex` is absolute, in wire form. Its names need not be
 * gathered again by who has them.
 */
export function compileZone(
  records: Records,
  apex: Uint8Array,
  services: readonly ServiceOwner[],
  names: Names = gatherNames(records, apex),
): SharedArrayBuffer {
  const numbers = services.map(({ owner }) => addName(names, owner))
  const { flags, cover } = findCovers(names)
  const service = new Map(numbers.map((name, i) => [name, services[i]!.service + 1]))
  let slots = 4
  while (slots < names.count * 2) slots *= 2
  const nodeAt = new Uint32Array(names.count)
  const draft = { names, flags, cover, service, sets: openSets(), nodeAt, slots }
  const nodesEnd = layOut(draft)
  const glue = openGlue(draft)
  for (let name = 0; name < names.count; name++) collectGlue(glue, name)
  const bytesAt = (nodesEnd + glue.used) * 4
  const image = new SharedArrayBuffer((bytesAt + glue.namesUsed + 3) & ~3)
  const zone = { words: new Uint32Array(image), bytes: new Uint8Array(image) }
  zone.words.set([MAGIC, slots - 1, HEADER, HEADER + slots * 2, names.count, nodesEnd])
  writeNodes(draft, zone, glue, nodesEnd)
  writeGlue(zone, glue, nodesEnd, bytesAt)
  gatherSets(draft.sets, names, 0)
  zone.words.set(apexFacts(draft), At.negativeTtl)
  return image
}

interface Plan extends Draft {
  /** By name: service + 1. */
  readonly service: ReadonlyMap<number, number>
  readonly slots: number
}

/** Finds a place for each node; returns where they end. */
function layOut({ names, sets, nodeAt, slots }: Plan): number {
  let at = HEADER + slots * 2
  for (let name = 0; name < names.count; name++) {
    gatherSets(sets, names, name)
    let bytes = names.size[name]!
    for (let i = 0; i < sets.used; i++) bytes += 2 + rdataLengthOf(names.records, sets.records[i]!)
    nodeAt[name] = at
    at += NODE + RRSET * sets.count + ((bytes + 3) >> 2)
  }
  return at
}

function writeNodes(draft: Plan, { words, bytes }: Zone, glue: GlueList, glueAt: number): void {
  const { names, flags, cover, service, sets, nodeAt, slots } = draft
  const { records } = names
  let next = 0
  for (let name = 0; name < names.count; name++) {
    gatherSets(sets, names, name)
    const node = nodeAt[name]!
    let at = (node + NODE + RRSET * sets.count) * 4
    words[node + NodeField.hash] = names.hash[name]!
    words[node + NodeField.name] = at
    words[node + NodeField.flags] = flags[name]!
    words[node + NodeField.rrsetCount] = sets.count
    words[node + NodeField.service] = service.get(name) ?? 0
    words[node + NodeField.cut] = cover[name]! < 0 ? 0 : nodeAt[cover[name]!]!
    if (flags[name]! & NodeFlag.wildcard) words[nodeAt[names.parent[name]!]! + NodeField.wildcard] = node
    at = copyLower(bytes, at, records.bytes, names.at[name]!, names.size[name]!)
    for (let i = 0; i < sets.count; i++) {
      const set = node + NODE + RRSET * i
      const type = sets.type[i] === ALIAS.code ? ALIAS_SET : sets.type[i]!
      words[set + RrsetField.type] = type
      words[set + RrsetField.count] = sets.end[i]! - (i > 0 ? sets.end[i - 1]! : 0)
      words[set + RrsetField.ttl] = sets.ttl[i]!
      words[set + RrsetField.data] = at
      words[set + RrsetField.layout] = layoutOf(type)
      if (next < glue.count && glue.name[next] === name && glue.type[next] === sets.type[i])
        words[set + RrsetField.glue] = glueAt + glue.at[next++]!
      else if (type === Type.CNAME)
        words[set + RrsetField.leadsTo] = targetNode(draft, sets.records[i > 0 ? sets.end[i - 1]! : 0]!)
      for (let r = i > 0 ? sets.end[i - 1]! : 0; r < sets.end[i]!; r++)
        at = copyData(bytes, at, records, sets.records[r]!)
    }
    words[node + NodeField.words] = ((at + 3) >> 2) - node
    place(words, names.hash[name]!, slots - 1, node)
  }
}

/** The node of the name that a CNAME is; 0 where that is not in the zone, made of a wildcard, delegated or redirected. */
function targetNode({ names, cover, nodeAt }: Plan, cname: number): number {
  const from = rdataAtOf(names.records, cname)
  const target = findName(names, names.records.bytes.subarray(from, from + rdataLengthOf(names.records, cname)))
  return target < 0 || cover[target]! >= 0 ? 0 : nodeAt[target]!
}

function place(words: Uint32Array, hash: number, mask: number, node: number): void {
  let slot = hash & mask
  while (words[HEADER + 2 * slot + 1] !== 0) slot = (slot + 1) & mask
  words[HEADER + 2 * slot] = hash
  words[HEADER + 2 * slot + 1] = node
}

function copyLower(to: Uint8Array, at: number, from: Uint8Array, start: number, size: number): number {
  for (let i = 0; i < size; i++) to[at + i] = lowerByte(from[start + i]!)
  return at + size
}

function copyData(to: Uint8Array, at: number, records: Records, record: number): number {
  const from = rdataAtOf(records, record)
  const length = rdataLengthOf(records, record)
  to[at] = length >> 8
  to[at + 1] = length
  // Most are a few bytes, for which `set` is slower.
  if (length > 32) to.set(records.bytes.subarray(from, from + length), at + 2)
  else for (let i = 0; i < length; i++) to[at + 2 + i] = records.bytes[from + i]!
  return at + 2 + length
}

function writeGlue({ words, bytes }: Zone, glue: GlueList, at: number, bytesAt: number): void {
  words.set(glue.words.subarray(0, glue.used), at)
  bytes.set(glue.names.subarray(0, glue.namesUsed), bytesAt)
  for (let i = 0; i < glue.count; i++) {
    const entry = at + glue.at[i]!
    // So far a name is counted from the first of them, and from 1.
    for (let left = words[entry + 1]!, name = entry + 3; left > 0; left--, name += 2)
      if (words[name] !== 0) words[name] = words[name]! + bytesAt - 1
  }
}

/** Negative TTL (RFC 2308 §5: the smaller of the SOA's TTL and its minimum), labels, serial, records. */
function apexFacts({ names, sets }: Draft): number[] {
  const { records, apexLabels } = names
  const soa = sets.type.indexOf(Type.SOA)
  if (soa < 0 || soa >= sets.count) return [0, apexLabels, 0, records.count]
  const record = sets.records[soa > 0 ? sets.end[soa - 1]! : 0]!
  const end = rdataAtOf(records, record) + rdataLengthOf(records, record)
  const view = new DataView(records.bytes.buffer, records.bytes.byteOffset)
  return [Math.min(sets.ttl[soa]!, view.getUint32(end - 4)), apexLabels, view.getUint32(end - 20), records.count]
}

/** The node behind another one, 0 behind the last. */
export function nextNode({ words }: Zone, node: number): number {
  const next = node + words[node + NodeField.words]!
  return next < words[At.nodesEnd]! ? next : 0
}

/** A zone as a thread sees it. */
export interface Zone {
  readonly words: Uint32Array
  readonly bytes: Uint8Array
}

export function bindZone(image: SharedArrayBuffer): Zone {
  const zone = { words: new Uint32Array(image), bytes: new Uint8Array(image) }
  if (zone.words[At.magic] !== MAGIC) throw new Error('not a zone image')
  return zone
}

/** The apex in wire form, lower-cased. */
export function apexOf(zone: Zone): Uint8Array {
  const at = zone.words[zone.words[At.nodes]! + NodeField.name]!
  return zone.bytes.subarray(at, at + nameLength(zone.bytes, at))
}
