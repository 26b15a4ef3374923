// The zone image: every name and RRset of a zone in wire form, in one SharedArrayBuffer that all threads read.
//
//   header   HEADER words
//   slots    open-addressing hash table: [name hash, node index + 1] …, at most half full
//   nodes    NODE words each: hash, name at, flags, RRsets at, RRset count, wildcard child + 1, service + 1, cut or DNAME + 1
//   RRsets   RRSET words each: type, count, ttl, data at, layout, glue at
//   glue     [count that must be sent, count in all, (node, name at) …] for sets whose names have addresses in the zone
//   bytes    names (lower-cased, wire) and data ([rdata length, rdata] …)
//
// Facts that a query would have to search for are bits computed here: whether a node is a cut, lies beneath one, is an empty
// non-terminal, which wildcard a closest encloser has. Addresses are word indexes, except `name at` and `data at`: bytes.

import { hashName, isWithin, lowerName, nameLength, parentName } from '../wire/name.ts'
import { ALIAS } from '../wire/rdata/alias.ts'
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

/**
 * cut: delegated here. beneath: lies below a cut or a DNAME, so it is glue or occluded. dname: what is beneath is redirected
 * (RFC 6672); such a node is never a cut as well. alias: has the addresses of another name.
 */
export const NodeFlag = { cut: 1, beneath: 2, wildcard: 4, dname: 8, alias: 16 } as const

/** ALIAS is stored under a type that no question can name: what a name's addresses come from is nobody's business. */
export const ALIAS_SET = 0x1_0000 | ALIAS.code

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
  const { apex, nodes } = tree
  for (const node of nodes) {
    const has = (type: number): boolean => node.records.some((i) => typeOf(records, i) === type)
    if (node.name.length > apex.length && has(Type.NS)) node.flags |= NodeFlag.cut
    // A wildcard redirects nobody: which names it stands for would depend on what exists (RFC 4592 §4.4).
    else if (!(node.flags & NodeFlag.wildcard) && has(Type.DNAME)) node.flags |= NodeFlag.dname
    if (has(ALIAS.code)) node.flags |= NodeFlag.alias
  }
  for (const [index, node] of nodes.entries()) {
    const highest = coverOf(tree, node, index)
    if (highest < 0) continue
    node.cut = highest + 1
    if (highest !== index) node.flags = (node.flags & ~(NodeFlag.cut | NodeFlag.dname)) | NodeFlag.beneath
  }
}

/** The highest cut at or above a node, or DNAME above it: what lies below is not ours, or not there, further cuts included. */
function coverOf(tree: Tree, node: Node, index: number): number {
  let highest = -1
  let name: Uint8Array | undefined = node.name
  while (name && name.length >= tree.apex.length) {
    const at = tree.find(name)
    const { flags } = tree.nodes[at]!
    if (flags & NodeFlag.cut || (flags & NodeFlag.dname && at !== index)) highest = at
    name = parentName(name)
  }
  return highest
}

interface Rrset {
  readonly type: number
  readonly records: number[]
  ttl: number
}

function rrsetsOf(node: Node, records: Records): Rrset[] {
  const sets = new Map<number, Rrset>()
  for (const i of node.records) {
    const written = typeOf(records, i)
    const type = written === ALIAS.code ? ALIAS_SET : written
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
  const glue = nodes.map((node, i) => sets[i]!.map((set) => glueOf(tree, records, sets, node, set)))
  let slots = 4
  while (slots < nodes.length * 2) slots *= 2
  const rrsetCount = sets.reduce((sum, list) => sum + list.length, 0)
  const glueWords = glue.flat().reduce((sum, { must, may }) => sum + wordsOfGlue(must.length + may.length), 0)
  const slotsAt = HEADER
  const nodesAt = slotsAt + slots * 2
  const rrsetsAt = nodesAt + nodes.length * NODE
  const glueAt = rrsetsAt + rrsetCount * RRSET
  const bytesAt = (glueAt + glueWords) * 4
  let size = bytesAt
  for (const node of nodes) size += node.name.length
  for (const { must, may } of glue.flat()) for (const { name } of [...must, ...may]) size += name?.length ?? 0
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
    for (const [i, set] of sets[index]!.entries()) {
      const own = glue[index]![i]!
      const glueSize = wordsOfGlue(own.must.length + own.may.length)
      words.set([set.type, set.records.length, set.ttl, at, layoutOf(set.type), glueSize > 0 ? nextGlue : 0], nextRrset)
      nextRrset += RRSET
      for (const i of set.records) {
        const rdata = rdataOf(records, i)
        bytes[at] = rdata.length >> 8
        bytes[at + 1] = rdata.length
        bytes.set(rdata, at + 2)
        at += 2 + rdata.length
      }
      if (glueSize > 0) at = writeGlue(words, bytes, own, nextGlue, at)
      nextGlue += glueSize
    }
  }
  words.set([MAGIC, slots - 1, slotsAt, nodesAt, nodes.length, 0, ...apexFacts(tree, records, sets[0]!)], 0)
  return image
}

function wordsOfGlue(count: number): number {
  return count === 0 ? 0 : 2 + 2 * count
}

/** Returns where the next byte goes: names that wildcards stand for are written at `at`. */
function writeGlue(words: Uint32Array, bytes: Uint8Array, { must, may }: Glue, to: number, at: number): number {
  let next = at
  words.set([must.length, must.length + may.length], to)
  for (const [i, { index, name }] of [...must, ...may].entries()) {
    words.set([index, name ? next : 0], to + 2 + 2 * i)
    if (!name) continue
    bytes.set(name, next)
    next += name.length
  }
  return next
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

/** Types that name hosts whose addresses a client asks for next. */
const POINTERS: ReadonlySet<number> = new Set([Type.NS, Type.MX, Type.SRV, Type.KX, Type.SVCB, Type.HTTPS])

interface Glue {
  readonly must: readonly GlueNode[]
  readonly may: readonly GlueNode[]
}

/** A node with addresses, and the name they are given to where the node is a wildcard. */
interface GlueNode {
  readonly index: number
  readonly name: Uint8Array | undefined
}

const noGlue: Glue = { must: [], may: [] }

/**
 * Nodes with addresses for the names in a set. For the servers of a cut, first those at or beneath it, without which it cannot be
 * followed (RFC 9471).
 */
function glueOf(tree: Tree, records: Records, sets: Rrset[][], node: Node, set: Rrset): Glue {
  // What is beneath a cut is not served.
  if (!POINTERS.has(set.type) || node.flags & NodeFlag.beneath) return noGlue
  const isCut = (node.flags & NodeFlag.cut) !== 0 && set.type === Type.NS
  const must: GlueNode[] = []
  const may: GlueNode[] = []
  const seen = new Set<string>()
  for (const i of set.records) {
    for (const target of targetNames(rdataOf(records, i), set.type)) {
      // "." in SVCB is the owner itself (RFC 9460 §2.5.2); elsewhere it is nobody.
      const name = target[0] === 0 && set.type >= Type.SVCB ? node.name : lowerName(target)
      const found = isWithin(name, tree.apex) ? glueNode(tree, name) : undefined
      if (!found || !sets[found.index]!.some(({ type }) => type === Type.A || type === Type.AAAA)) continue
      // Glue is for finding a server and nothing else (RFC 2181 §5.4.1): what is delegated may be another address by now.
      if (set.type !== Type.NS && tree.nodes[found.index]!.flags & (NodeFlag.cut | NodeFlag.beneath)) continue
      if (seen.has(name.join())) continue
      seen.add(name.join())
      if (isCut && isWithin(name, node.name)) must.push(found)
      else may.push(found)
    }
  }
  return { must, may }
}

/** The node of a name, or the wildcard that stands for it; undefined where there is neither, or a DNAME above. */
function glueNode(tree: Tree, name: Uint8Array): GlueNode | undefined {
  const index = tree.find(name)
  if (index >= 0) return isBeneathDname(tree, index) ? undefined : { index, name: undefined }
  let above: Uint8Array | undefined = name
  let encloser = -1
  while (encloser < 0 && (above = parentName(above)) !== undefined) encloser = tree.find(above)
  const { flags, wildcard } = tree.nodes[encloser]!
  return flags & NodeFlag.dname || wildcard === 0 ? undefined : { index: wildcard - 1, name }
}

/** There such a name is another one. */
function isBeneathDname(tree: Tree, index: number): boolean {
  const { cut } = tree.nodes[index]!
  return cut !== 0 && (tree.nodes[cut - 1]!.flags & NodeFlag.dname) !== 0
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
