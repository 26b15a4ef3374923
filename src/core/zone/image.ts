// The zone image: every name and RRset of a zone in wire form, in one SharedArrayBuffer that all threads read.
//
//   header   HEADER words
//   slots    open-addressing hash table: [name hash, node index + 1] …, at most half full
//   nodes    NODE words each: hash, name at, flags, RRsets at, RRset count, wildcard child + 1, service + 1, cut node + 1
//   RRsets   RRSET words each: type, count, ttl, data at, layout, glue at
//   glue     [count that must be sent, count in all, node …] for the NS set of a cut
//   bytes    names (lower-cased, wire) and data ([rdata length, rdata] …)
//
// Facts that a query would have to search for are bits computed here: whether a node is a cut, lies beneath one, is an empty
// non-terminal, which wildcard a closest encloser has. Addresses are word indexes, except `name at` and `data at`: bytes.

import { hashName, isWithin, lowerName, nameLength, parentName } from '../wire/name.ts'
import { layoutOf, targetNames } from '../wire/rdata/index.ts'
import { Type } from '../wire/message.ts'
import { ownerOf, type Records, rdataOf, ttlOf, typeOf } from './records.ts'

export const HEADER = 12
export const NODE = 8
export const RRSET = 6

export const At = {
  magic: 0,
  mask: 1,
  slots: 2,
  nodes: 3,
  nodeCount: 4,
  apexNode: 5,
  negativeTtl: 6,
  apexLabels: 7,
  serial: 8,
  recordCount: 9,
} as const

export const NodeField = {
  hash: 0,
  name: 1,
  flags: 2,
  rrsets: 3,
  rrsetCount: 4,
  wildcard: 5,
  service: 6,
  cut: 7,
} as const
export const RrsetField = { type: 0, count: 1, ttl: 2, data: 3, layout: 4, glue: 5 } as const

/** cut: delegated here. beneath: lies below a cut, so it is glue or occluded. */
export const NodeFlag = { cut: 1, beneath: 2, wildcard: 4 } as const

const MAGIC = 0x4d5a4931

/** Which service answers at an owner (absolute, wire form). */
export interface ServiceOwner {
  readonly owner: Uint8Array
  readonly service: number
}

interface Node {
  readonly name: Uint8Array
  readonly hash: number
  /** Record indexes, in the order read. */
  readonly records: number[]
  flags: number
  wildcard: number
  service: number
  cut: number
}

/** Builds the image of a zone that `checkZone` has found no error in. `apex` is absolute, in wire form. */
export function compileZone(records: Records, apex: Uint8Array, services: readonly ServiceOwner[]): SharedArrayBuffer {
  const tree = new Tree(lowerName(apex))
  for (let i = 0; i < records.count; i++) tree.node(lowerName(ownerOf(records, i))).records.push(i)
  for (const { owner, service } of services) tree.node(lowerName(owner)).service = service + 1
  markCuts(tree, records)
  return writeImage(tree, records)
}

/** Names by hash; a name's ancestors down to the apex exist as soon as it does (RFC 4592 §2.2.2). */
class Tree {
  readonly apex: Uint8Array
  readonly nodes: Node[] = []
  readonly #byHash = new Map<number, number[]>()

  constructor(apex: Uint8Array) {
    this.apex = apex
    this.node(apex)
  }

  find(name: Uint8Array, hash = hashName(name)): number {
    for (const index of this.#byHash.get(hash) ?? []) if (equal(this.nodes[index]!.name, name)) return index
    return -1
  }

  node(name: Uint8Array): Node {
    const hash = hashName(name)
    const known = this.find(name, hash)
    if (known >= 0) return this.nodes[known]!
    const index = this.nodes.length
    const node: Node = { name: name.slice(), hash, records: [], flags: 0, wildcard: 0, service: 0, cut: 0 }
    this.nodes.push(node)
    const bucket = this.#byHash.get(hash)
    if (bucket) bucket.push(index)
    else this.#byHash.set(hash, [index])
    const parent = parentName(name)
    if (parent && name.length > this.apex.length) {
      const above = this.node(parent)
      if (name[0] === 1 && name[1] === 42) {
        above.wildcard = index + 1
        node.flags |= NodeFlag.wildcard
      }
    }
    return node
  }
}

function markCuts(tree: Tree, records: Records): void {
  for (const node of tree.nodes) {
    if (node.name.length > tree.apex.length && node.records.some((i) => typeOf(records, i) === Type.NS))
      node.flags |= NodeFlag.cut
  }
  for (const [index, node] of tree.nodes.entries()) {
    let above: Uint8Array | undefined = node.name
    let highest = -1
    // The highest cut counts: what lies below a cut is not ours, further cuts included.
    while (above && above.length > tree.apex.length) {
      const at = tree.find(above)
      if (tree.nodes[at]!.flags & NodeFlag.cut) highest = at
      above = parentName(above)
    }
    if (highest < 0) continue
    node.cut = highest + 1
    if (highest !== index) node.flags = (node.flags & ~NodeFlag.cut) | NodeFlag.beneath
  }
}

interface Rrset {
  readonly type: number
  readonly records: number[]
  ttl: number
}

function rrsetsOf(node: Node, records: Records): Rrset[] {
  const sets = new Map<number, Rrset>()
  for (const i of node.records) {
    const type = typeOf(records, i)
    const set = sets.get(type)
    if (!set) {
      sets.set(type, { type, records: [i], ttl: ttlOf(records, i) })
      continue
    }
    // One TTL for a set, the lowest (RFC 2181 §5.2), and no record twice (§5).
    set.ttl = Math.min(set.ttl, ttlOf(records, i))
    if (!set.records.some((other) => equal(rdataOf(records, other), rdataOf(records, i)))) set.records.push(i)
  }
  return [...sets.values()]
}

function writeImage(tree: Tree, records: Records): SharedArrayBuffer {
  const { nodes } = tree
  const sets = nodes.map((node) => rrsetsOf(node, records))
  const glue = nodes.map((node, i) =>
    node.flags & NodeFlag.cut ? glueOf(tree, records, sets, node, sets[i]!) : undefined,
  )
  let slots = 4
  while (slots < nodes.length * 2) slots *= 2
  const rrsetCount = sets.reduce((sum, list) => sum + list.length, 0)
  const glueWords = glue.reduce((sum, list) => sum + (list ? list.length : 0), 0)
  const slotsAt = HEADER
  const nodesAt = slotsAt + slots * 2
  const rrsetsAt = nodesAt + nodes.length * NODE
  const glueAt = rrsetsAt + rrsetCount * RRSET
  const bytesAt = (glueAt + glueWords) * 4
  let size = bytesAt
  for (const node of nodes) size += node.name.length
  for (const list of sets) for (const set of list) for (const i of set.records) size += 2 + rdataOf(records, i).length
  const image = new SharedArrayBuffer((size + 3) & ~3)
  const words = new Uint32Array(image)
  const bytes = new Uint8Array(image)
  let at = bytesAt
  let nextRrset = rrsetsAt
  let nextGlue = glueAt
  for (const [index, node] of nodes.entries()) {
    const w = nodesAt + index * NODE
    words.set([node.hash, at, node.flags, nextRrset, sets[index]!.length, node.wildcard, node.service, node.cut], w)
    bytes.set(node.name, at)
    at += node.name.length
    let slot = node.hash & (slots - 1)
    while (words[slotsAt + 2 * slot + 1] !== 0) slot = (slot + 1) & (slots - 1)
    words[slotsAt + 2 * slot] = node.hash
    words[slotsAt + 2 * slot + 1] = index + 1
    for (const set of sets[index]!) {
      const list = set.type === Type.NS ? glue[index] : undefined
      words.set([set.type, set.records.length, set.ttl, at, layoutOf(set.type), list ? nextGlue : 0], nextRrset)
      nextRrset += RRSET
      if (list) {
        words.set(list, nextGlue)
        nextGlue += list.length
      }
      for (const i of set.records) {
        const rdata = rdataOf(records, i)
        bytes[at] = rdata.length >> 8
        bytes[at + 1] = rdata.length
        bytes.set(rdata, at + 2)
        at += 2 + rdata.length
      }
    }
  }
  words.set([MAGIC, slots - 1, slotsAt, nodesAt, nodes.length, 0, ...apexFacts(tree, records, sets[0]!)], 0)
  return image
}

/** Negative TTL (RFC 2308 §5: the smaller of the SOA's TTL and its minimum), labels, serial, records. */
function apexFacts(tree: Tree, records: Records, sets: Rrset[]): number[] {
  const soa = sets.find((set) => set.type === Type.SOA)
  let negative = 0
  let serial = 0
  if (soa) {
    const rdata = rdataOf(records, soa.records[0]!)
    const view = new DataView(rdata.buffer, rdata.byteOffset, rdata.length)
    negative = Math.min(soa.ttl, view.getUint32(rdata.length - 4))
    serial = view.getUint32(rdata.length - 20)
  }
  let labels = 0
  for (let at = 0; tree.apex[at] !== 0; at += 1 + tree.apex[at]!) labels++
  return [negative, labels, serial, records.count]
}

/** Nodes with addresses for the servers of a cut: first those at or beneath it, without which it cannot be followed (RFC 9471). */
function glueOf(tree: Tree, records: Records, sets: Rrset[][], node: Node, own: Rrset[]): number[] {
  const must: number[] = []
  const may: number[] = []
  for (const i of own.find((set) => set.type === Type.NS)!.records) {
    for (const target of targetNames(rdataOf(records, i), Type.NS)) {
      const name = lowerName(target)
      const index = isWithin(name, tree.apex) ? tree.find(name) : -1
      if (index < 0 || !sets[index]!.some(({ type }) => type === Type.A || type === Type.AAAA)) continue
      const list = isWithin(name, node.name) ? must : may
      if (!list.includes(index)) list.push(index)
    }
  }
  return [must.length, must.length + may.length, ...must, ...may]
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
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
