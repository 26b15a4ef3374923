// Writes small MaxMind DB files (format 2.0) for the tests: records of 24, 28 or 32 bits, IPv4-only and IPv6 trees.

import { parsePrefix } from '../../../src/core/base/address.ts'

export interface Entry {
  readonly prefix: string
  readonly record: unknown
}

export interface MmdbOptions {
  readonly recordSize?: 24 | 28 | 32
  readonly ipVersion?: 4 | 6
  readonly type?: string
  /** IPv6 prefixes under which the IPv4 addresses stand once more, as MaxMind does with 2002::/16. */
  readonly aliases?: readonly string[]
}

/** A float rather than a double, which some writers use for coordinates. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** A whole number of other than 32 bits. */
class Unsigned {
  readonly value: number
  readonly bits: 16 | 64
  constructor(value: number, bits: 16 | 64) {
    this.value = value
    this.bits = bits
  }
}

type Child = Node | number | undefined // a number is an index into the records
interface Node {
  children: [Child, Child]
}

export function writeMmdb(entries: readonly Entry[], options: MmdbOptions = {}): Uint8Array {
  const { recordSize = 24, ipVersion = 6, type = 'Test', aliases = [] } = options
  const root: Node = { children: [undefined, undefined] }
  const records: Buffer[] = []
  const numbers = new Map<string, number>()
  for (const { prefix, record } of entries) {
    const bytes = encode(record)
    const key = bytes.toString('hex')
    if (!numbers.has(key)) numbers.set(key, records.push(bytes) - 1)
    insert(root, bitsOf(prefix, ipVersion), numbers.get(key))
  }
  for (const alias of aliases) insert(root, bitsOf(alias, 6), nodeAt(root, 96))
  const nodes = numberNodes(root)
  const tree = writeTree(nodes, records, recordSize)
  const metadata = encode({
    // With the types that the format demands: libmaxminddb takes no others.
    binary_format_major_version: new Unsigned(2, 16),
    binary_format_minor_version: new Unsigned(0, 16),
    build_epoch: new Unsigned(1_780_000_000, 64),
    database_type: type,
    description: { en: 'for tests' },
    ip_version: new Unsigned(ipVersion, 16),
    languages: [],
    node_count: nodes.size,
    record_size: new Unsigned(recordSize, 16),
  })
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
  return new Uint8Array(Buffer.concat([tree, Buffer.alloc(16), ...records, marker, metadata]))
}

/** One element for each bit of the prefix; IPv4 ones go under ::/96 in an IPv6 tree. */
function bitsOf(text: string, ipVersion: 4 | 6): number[] {
  const prefix = parsePrefix(text)
  if (!prefix) throw new Error(`no prefix: ${text}`)
  const bits = Array.from({ length: prefix.length }, (_, i) => (prefix.bytes[i >> 3]! >> (7 - (i & 7))) & 1)
  return prefix.family === 4 && ipVersion === 6 ? [...Array.from({ length: 96 }, () => 0), ...bits] : bits
}

function insert(root: Node, bits: readonly number[], value: Child): void {
  let node = root
  for (const [i, bit] of bits.entries()) {
    if (i === bits.length - 1) node.children[bit] = value
    else {
      const child = node.children[bit]
      const next: Node = typeof child === 'object' ? child : { children: [child, child] }
      node.children[bit] = next
      node = next
    }
  }
}

function nodeAt(root: Node, depth: number): Child {
  let at: Child = root
  for (let i = 0; i < depth && typeof at === 'object'; i++) at = at.children[0]
  return at
}

function numberNodes(root: Node): Map<Node, number> {
  const nodes = new Map<Node, number>([[root, 0]])
  for (const node of nodes.keys()) {
    for (const child of node.children) if (typeof child === 'object' && !nodes.has(child)) nodes.set(child, nodes.size)
  }
  return nodes
}

function writeTree(nodes: Map<Node, number>, records: readonly Buffer[], recordSize: 24 | 28 | 32): Buffer {
  const offsets: number[] = []
  let end = 0
  for (const record of records) {
    offsets.push(end)
    end += record.length
  }
  const wordOf = (child: Child): number => {
    if (child === undefined) return nodes.size
    return typeof child === 'number' ? nodes.size + 16 + offsets[child]! : nodes.get(child)!
  }
  return Buffer.concat(
    [...nodes.keys()].map(({ children }) => writeNode(wordOf(children[0]), wordOf(children[1]), recordSize)),
  )
}

function writeNode(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  if (recordSize === 28) {
    const bytes = Buffer.alloc(7)
    bytes.writeUIntBE(left & 0xffffff, 0, 3)
    bytes[3] = ((left >>> 24) << 4) | (right >>> 24)
    bytes.writeUIntBE(right & 0xffffff, 4, 3)
    return bytes
  }
  const size = recordSize / 8
  const bytes = Buffer.alloc(2 * size)
  bytes.writeUIntBE(left, 0, size)
  bytes.writeUIntBE(right, size, size)
  return bytes
}

function encode(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Float) {
    const bytes = Buffer.alloc(4)
    bytes.writeFloatBE(value.value)
    return Buffer.concat([control(15, 4), bytes])
  }
  if (value instanceof Unsigned) {
    const bytes = Buffer.alloc(value.bits / 8)
    bytes.writeUIntBE(value.value, value.bits === 16 ? 0 : 2, value.bits === 16 ? 2 : 6)
    return Buffer.concat([control(value.bits === 16 ? 5 : 9, bytes.length), bytes])
  }
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 ? encodeUnsigned(value) : encodeDouble(value)
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)])
  const fields = Object.entries(value as object)
  return Buffer.concat([control(7, fields.length), ...fields.flatMap(([key, field]) => [encode(key), encode(field)])])
}

function encodeUnsigned(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return Buffer.concat([control(6, 4), bytes])
}

function encodeDouble(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return Buffer.concat([control(3, 8), bytes])
}

/** Type and size; sizes from 29 and from 285 on follow in one and in two bytes. */
function control(type: number, size: number): Buffer {
  if (size >= 285 + 0x10000) throw new RangeError('too big for this writer')
  const length = size < 29 ? size : size < 285 ? 29 : 30
  const more = length < 29 ? [] : length === 29 ? [size - 29] : [(size - 285) >> 8, (size - 285) & 255]
  return Buffer.from(type < 8 ? [(type << 5) | length, ...more] : [length, type - 7, ...more])
}
