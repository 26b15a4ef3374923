// Finding a name in a zone image (RFC 1034 §4.3.2, RFC 4592, RFC 6672 §3.2). Hot: allocates nothing, never throws.
//
// The exact name is one probe of the hash table. Where it misses, the closest encloser is found by halving, since every
// ancestor of a name exists: a name of 120 labels costs seven probes and not 120.

import type { NameScan } from '../wire/query.ts'
import { At, NODE, NodeField, NodeFlag, RRSET, RrsetField, type Zone } from './image.ts'

/** redirected: beneath a DNAME. */
export const Landed = { exact: 1, wildcard: 2, cut: 3, nowhere: 4, redirected: 5 } as const
export type Landed = (typeof Landed)[keyof typeof Landed]

/** Where a lookup landed; reused. `node` is a word index: the name's, its wildcard's, its cut's, its DNAME's or its closest encloser's. */
export interface Landing {
  kind: Landed
  node: number
  /** On a cut: whether the name is the cut itself, where the parent still answers for DS (RFC 4035 §3.1.4.1). */
  isCutItself: boolean
}

/** Looks `name` up in a zone whose apex is that name or above it. */
export function findName(zone: Zone, name: NameScan, landing: Landing): void {
  const exact = findNode(zone, name, 0)
  if (exact !== 0) return landAt(zone, exact, Landed.exact, landing)
  const { words } = zone
  // Invariant: the suffix at `low` does not exist, the one at `high` does.
  let low = 0
  let high = name.labels - words[At.apexLabels]!
  let encloser = words[At.nodes]!
  while (high - low > 1) {
    const middle = (low + high) >> 1
    const node = findNode(zone, name, middle)
    if (node === 0) low = middle
    else {
      high = middle
      encloser = node
    }
  }
  const wildcard = words[encloser + NodeField.wildcard]!
  const isBelowCut = words[encloser + NodeField.cut] !== 0
  if (isBelowCut) landAt(zone, encloser, Landed.wildcard, landing)
  else if (words[encloser + NodeField.flags]! & NodeFlag.dname) {
    landing.kind = Landed.redirected
    landing.node = encloser
  } else if (wildcard !== 0) landAt(zone, wildcard, Landed.wildcard, landing)
  else {
    landing.kind = Landed.nowhere
    landing.node = encloser
  }
}

function landAt(zone: Zone, node: number, kind: Landed, landing: Landing): void {
  const cut = zone.words[node + NodeField.cut]!
  landing.kind = cut === 0 ? kind : Landed.cut
  landing.node = cut === 0 ? node : cut
  if (cut !== 0 && zone.words[landing.node + NodeField.flags]! & NodeFlag.dname) landing.kind = Landed.redirected
  landing.isCutItself = kind === Landed.exact && landing.node === node
}

/** As after a lookup of the name of `node`, which is neither delegated nor redirected. */
export function landOn(node: number, landing: Landing): void {
  landing.kind = Landed.exact
  landing.node = node
  landing.isCutItself = true
}

/** The node of the name that starts with label `label`, 0 where there is none. */
function findNode(zone: Zone, name: NameScan, label: number): number {
  const { words } = zone
  const hash = name.hash[label]!
  const mask = words[At.mask]!
  const slots = words[At.slots]!
  let slot = hash & mask
  for (;;) {
    const entry = words[slots + 2 * slot + 1]!
    if (entry === 0) return 0
    if (words[slots + 2 * slot] === hash) {
      if (isSame(zone, words[entry + NodeField.name]!, name, label)) return entry
    }
    slot = (slot + 1) & mask
  }
}

function isSame({ words, bytes }: Zone, at: number, name: NameScan, label: number): boolean {
  const { lower } = name
  // A node's name begins with a word, and so does the whole name that is asked for.
  if (label === 0) {
    const { words: asked, length } = name
    const whole = length >> 2
    for (let i = 0; i < whole; i++) if (words[(at >> 2) + i] !== asked[i]) return false
    for (let i = length & ~3; i < length; i++) if (bytes[at + i] !== lower[i]) return false
    return true
  }
  const from = name.labelAt[label]!
  const size = name.length - from
  for (let i = 0; i < size; i++) if (bytes[at + i] !== lower[from + i]) return false
  return true
}

/** The RRset of `type` at a node, as a word index; 0 where there is none. */
export function findRrset(zone: Zone, node: number, type: number): number {
  const { words } = zone
  let at = node + NODE
  for (let left = words[node + NodeField.rrsetCount]!; left > 0; left--, at += RRSET) {
    if (words[at + RrsetField.type] === type) return at
  }
  return 0
}

/** Index of the service that answers at a node, -1 where there is none. */
export function serviceAt(zone: Zone, node: number): number {
  return zone.words[node + NodeField.service]! - 1
}
