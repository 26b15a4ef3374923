// Reading MaxMind DB files (format 2.0). maxmind's Reader opens the file and decodes metadata and records; the tree is
// walked here, whole and once, because at run time nobody looks into the file any more: it becomes ranges. A file is
// checked to its last node and record before any of it is used, so that a truncated one is refused at load.

import { Reader, type Response } from 'maxmind'
import type { Finding } from '../base/problem.ts'
import { everywhere, openRanges, type Ranges, writeRange } from './ranges.ts'
import { type GeoRecord, nothingKnown, readRecord } from './record.ts'

export interface Database {
  readonly name: string
  /** As the file calls itself, such as `GeoLite2-City`. */
  readonly type: string
  /** ISO 8601. */
  readonly builtAt: string
  /** `records[0]` is what stands for addresses the file does not know. */
  readonly records: readonly GeoRecord[]
  /** Values are indices into `records`. */
  readonly v4: Ranges
  /** Without the IPv4 addresses that live in IPv6 trees, under ::/96 and its aliases such as 2002::/16. */
  readonly v6: Ranges
}

/** Between tree and records (format §"Data Section Separator"). */
const separator = 16

/**
 * The search tree: the children of node n are at 2n and 2n + 1. A child ≥ 0 is a node, a child < 0 is the index of a
 * record with all bits turned over.
 */
interface Tree {
  readonly children: Int32Array
  readonly nodes: number
  /** Where in the data section each record is, as the tree's words say it; the first is that of "unknown". */
  readonly pointers: readonly number[]
}

/** The file's contents, or a Finding without a path where they cannot be used. `bytes` may be shared memory. */
export function openDatabase(name: string, bytes: Uint8Array): Database | Finding {
  try {
    return readDatabase(name, bytes)
  } catch (error) {
    // maxmind throws whatever the broken bytes lead it to, from RangeError to TypeError.
    const why = error instanceof Error ? error.message : String(error)
    const hint = 'is it complete? replace .mmdb files by renaming a finished one over them'
    return {
      path: [],
      message: `expected a MaxMind DB file, found ${name} unreadable: ${why}`,
      hint,
      severity: 'error',
    }
  }
}

function readDatabase(name: string, bytes: Uint8Array): Database {
  // Records of the big databases point to each other; with a cache each part is decoded once.
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), { cache: new Map() })
  const { ipVersion, databaseType, buildEpoch, binaryFormatMajorVersion } = reader.metadata
  if (binaryFormatMajorVersion !== 2) throw new Error(`it has format ${binaryFormatMajorVersion}, not 2`)
  if (ipVersion !== 4 && ipVersion !== 6) throw new Error(`it is for IP version ${ipVersion}`)
  const tree = readTree(bytes, reader.metadata.nodeCount, reader.metadata.recordSize)
  const v4Root = ipVersion === 4 ? 0 : findV4Root(tree)
  return {
    name,
    type: String(databaseType),
    builtAt: buildEpoch.toISOString(),
    records: tree.pointers.map((pointer, i) => (i === 0 ? nothingKnown : decode(reader, pointer))),
    v4: walk(tree, v4Root, 32, -1),
    v6: ipVersion === 4 ? everywhere(4, 0) : walk(tree, 0, 128, v4Root),
  }
}

/** The one thing maxmind has and does not offer: reading the record at a pointer, without an address that leads to it. */
function decode(reader: Reader<Response>, pointer: number): GeoRecord {
  const { resolveDataPointer } = reader as unknown as { resolveDataPointer(pointer: number): unknown }
  return readRecord(resolveDataPointer.call(reader, pointer))
}

function readTree(bytes: Uint8Array, nodes: number, recordSize: number): Tree {
  const size = (nodes * recordSize) / 4
  if (!(Number.isInteger(nodes) && nodes > 0)) throw new Error('its search tree is empty')
  if (size + separator > bytes.length) throw new Error('its search tree is cut short')
  for (let i = 0; i < separator; i++)
    if (bytes[size + i] !== 0) throw new Error('its search tree does not end where it should')
  const children = new Int32Array(2 * nodes)
  const pointers = [nodes]
  const indices = new Map<number, number>([[nodes, 0]])
  const highest = nodes + bytes.length - size
  const readChild = childReader(bytes, recordSize)
  for (let i = 0; i < children.length; i++) {
    const child = readChild(i)
    if (child < nodes) {
      children[i] = child
      continue
    }
    let index = indices.get(child)
    if (index === undefined) {
      if (child < nodes + separator || child >= highest) throw new Error('its search tree points outside its data')
      index = pointers.push(child) - 1
      indices.set(child, index)
    }
    children[i] = ~index
  }
  return { children, nodes, pointers }
}

/** Reads the i-th record of the tree: 3, 3.5 or 4 bytes, big-endian; in nodes of 7 bytes the middle one is shared. */
function childReader(bytes: Uint8Array, recordSize: number): (i: number) => number {
  const u24 = (at: number): number => (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
  if (recordSize === 24) return (i) => u24(3 * i)
  if (recordSize === 32) return (i) => bytes[4 * i]! * 0x1000000 + u24(4 * i + 1)
  return (i) => {
    const node = 7 * (i >> 1)
    return (i & 1) === 0
      ? ((bytes[node + 3]! & 0xf0) << 20) | u24(node)
      : ((bytes[node + 3]! & 0x0f) << 24) | u24(node + 4)
  }
}

/** IPv6 trees keep IPv4 addresses under ::/96. */
function findV4Root(tree: Tree): number {
  let at = 0
  for (let depth = 0; depth < 96 && at >= 0; depth++) at = tree.children[2 * at]!
  return at
}

/** All of the tree in the order of addresses. Where it leads to the node `alias`, it is taken for unknown. */
function walk(tree: Tree, root: number, bits: 32 | 128, alias: number): Ranges {
  const { children } = tree
  const writer = openRanges(bits === 32 ? 1 : 4)
  const path = new Uint32Array(bits >> 5)
  const pending = new Int32Array(bits)
  const depths = new Uint8Array(bits)
  let left = 8 * tree.nodes + 1024 // some writers let two prefixes share a subtree; a loop would go on for ever
  let waiting = 0
  let depth = 0
  let at = root
  for (;;) {
    while (at >= 0 && at !== alias) {
      if (depth === bits || left-- === 0) throw new Error('its search tree has a loop')
      pending[waiting] = children[2 * at + 1]!
      depths[waiting++] = ++depth
      at = children[2 * at]!
    }
    writeRange(writer, path, 0, at < 0 ? ~at : 0)
    if (waiting === 0) return writer
    at = pending[--waiting]!
    depth = depths[waiting]!
    turnRight(path, depth - 1)
  }
}

/** Sets the bit and clears those after it. */
function turnRight(path: Uint32Array, bit: number): void {
  const word = bit >> 5
  const one = 0x80000000 >>> (bit & 31)
  path[word] = (path[word]! | one) & -one
  for (let i = word + 1; i < path.length; i++) path[i] = 0
}
