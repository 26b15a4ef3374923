// Addresses that go with an answer: for the names in a set, the nodes of this zone that have addresses for them.

import { Type } from '../wire/message.ts'
import { isWithin, lowerName } from '../wire/name.ts'
import { targetNames } from '../wire/rdata/index.ts'
import { NodeFlag } from './cover.ts'
import { findName, findNearest, nameBytes, type Names } from './names.ts'
import { rdataOf, typeOf } from './records.ts'
import { gatherSets, type Sets } from './sets.ts'

/** Types that name hosts whose addresses a client asks for next. */
const POINTERS: ReadonlySet<number> = new Set([Type.NS, Type.MX, Type.SRV, Type.KX, Type.SVCB, Type.HTTPS])

/** A zone whose nodes have their places. */
export interface Draft {
  readonly names: Names
  readonly flags: Uint8Array
  /** By name: the cut or DNAME that it lies at or beneath, −1 for none. */
  readonly cover: Int32Array
  /** The RRsets of one name at a time. */
  readonly sets: Sets
  /** By name: where its node is. */
  readonly nodeAt: Uint32Array
}

/** For each set that has any, in the order of names and sets. */
export interface GlueList {
  readonly draft: Draft
  /** Of which name and type the set is, and where its words begin. */
  name: Uint32Array
  type: Uint16Array
  at: Uint32Array
  count: number
  /** As in the image, but for the names that wildcards stand for: 1 + where they are in `names`. */
  words: Uint32Array
  used: number
  names: Uint8Array
  namesUsed: number
}

export function openGlue(draft: Draft): GlueList {
  return {
    draft,
    name: new Uint32Array(16),
    type: new Uint16Array(16),
    at: new Uint32Array(16),
    count: 0,
    words: new Uint32Array(64),
    used: 0,
    names: new Uint8Array(64),
    namesUsed: 0,
  }
}

/**
 * Of all sets of a name. For the servers of a cut, first those at or beneath it, without which it cannot be followed (RFC 9471).
 */
export function collectGlue(list: GlueList, name: number): void {
  const { names, flags, sets } = list.draft
  // What is beneath a cut is not served.
  if (flags[name]! & NodeFlag.beneath || !hasPointer(list.draft, name)) return
  gatherSets(sets, names, name)
  for (let i = 0; i < sets.count; i++) {
    const type = sets.type[i]!
    if (!POINTERS.has(type)) continue
    const found = glueOf(list.draft, name, type, i > 0 ? sets.end[i - 1]! : 0, sets.end[i]!)
    if (found.length > 0) add(list, name, type, found)
  }
}

function hasPointer({ names }: Draft, name: number): boolean {
  for (let i = names.first[name]!; i >= 0; i = names.next[i]!) if (POINTERS.has(typeOf(names.records, i))) return true
  return false
}

interface Glue {
  /** Its name, or the wildcard that stands for it. */
  readonly name: number
  /** What it is called where it is a wildcard. */
  readonly called: Uint8Array | undefined
  readonly isNeeded: boolean
}

function glueOf(draft: Draft, name: number, type: number, from: number, to: number): Glue[] {
  const { names, flags, sets } = draft
  const cut = (flags[name]! & NodeFlag.cut) !== 0 && type === Type.NS ? nameBytes(names, name) : undefined
  const list: Glue[] = []
  const seen = new Set<string>()
  for (let i = from; i < to; i++) {
    for (const target of targetNames(rdataOf(names.records, sets.records[i]!), type)) {
      // "." in SVCB is the owner itself (RFC 9460 §2.5.2); elsewhere it is nobody.
      const called = target[0] === 0 && type >= Type.SVCB ? nameBytes(names, name) : lowerName(target)
      const found = findGlue(draft, called)
      if (found < 0 || !hasAddress(draft, found)) continue
      // Glue is for finding a server and nothing else (RFC 2181 §5.4.1): what is delegated may be another address by now.
      if (type !== Type.NS && flags[found]! & (NodeFlag.cut | NodeFlag.beneath)) continue
      // Of many servers few are the same, and most sets have one.
      const key = to - from === 1 ? '' : called.join()
      if (seen.has(key)) continue
      seen.add(key)
      const isNeeded = cut !== undefined && isWithin(called, cut)
      list.push({ name: found, called: isName(names, found, called) ? undefined : called, isNeeded })
    }
  }
  return list
}

/** The name itself, or the wildcard that stands for it; −1 where there is neither, or a DNAME above. */
function findGlue({ names, flags, cover }: Draft, called: Uint8Array): number {
  const nearest = findNearest(names, called)
  if (nearest < 0) return -1
  const above = cover[nearest]!
  if (names.size[nearest] === called.length) return above >= 0 && flags[above]! & NodeFlag.dname ? -1 : nearest
  return flags[nearest]! & NodeFlag.dname ? -1 : wildcardOf(names, nearest)
}

/** What a wildcard stands for may be as long as it is. */
function isName(names: Names, name: number, called: Uint8Array): boolean {
  const own = nameBytes(names, name)
  return own.length === called.length && own.every((byte, i) => byte === called[i])
}

/** The wildcard right beneath a name, −1 where there is none. */
function wildcardOf(names: Names, name: number): number {
  return findName(names, Uint8Array.from([1, 42, ...nameBytes(names, name)]))
}

function hasAddress({ names }: Draft, name: number): boolean {
  for (let i = names.first[name]!; i >= 0; i = names.next[i]!) {
    const type = typeOf(names.records, i)
    if (type === Type.A || type === Type.AAAA) return true
  }
  return false
}

function add(list: GlueList, name: number, type: number, glue: readonly Glue[]): void {
  if (list.count === list.name.length) {
    list.name = larger(list.name, new Uint32Array(list.count * 2))
    list.type = larger(list.type, new Uint16Array(list.count * 2))
    list.at = larger(list.at, new Uint32Array(list.count * 2))
  }
  list.name[list.count] = name
  list.type[list.count] = type
  list.at[list.count++] = list.used
  const size = 2 + 2 * glue.length
  if (list.used + size > list.words.length)
    list.words = larger(list.words, new Uint32Array(2 * list.words.length + size))
  const ordered = [...glue.filter(({ isNeeded }) => isNeeded), ...glue.filter(({ isNeeded }) => !isNeeded)]
  list.words[list.used++] = glue.filter(({ isNeeded }) => isNeeded).length
  list.words[list.used++] = glue.length
  for (const { name: found, called } of ordered) {
    list.words[list.used++] = list.draft.nodeAt[found]!
    list.words[list.used++] = called === undefined ? 0 : addCalled(list, called)
  }
}

function addCalled(list: GlueList, called: Uint8Array): number {
  if (list.namesUsed + called.length > list.names.length)
    list.names = larger(list.names, new Uint8Array(2 * list.names.length + called.length))
  list.names.set(called, list.namesUsed)
  list.namesUsed += called.length
  return list.namesUsed - called.length + 1
}

function larger<Numbers extends Uint8Array | Uint16Array | Uint32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from)
  return to
}
