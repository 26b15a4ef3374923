// Which names of a zone are delegated, redirected, or lie beneath one that is.

import { Type } from '../wire/message.ts'
import { ALIAS } from '../wire/rdata/alias.ts'
import { isWildcard, type Names } from './names.ts'
import { typeOf } from './records.ts'

/**
 * cut: delegated here. beneath: lies below a cut or a DNAME, so it is glue or occluded. dname: what is beneath is redirected
 * (RFC 6672); such a node is never a cut as well. alias: has the addresses of another name.
 */
export const NodeFlag = { cut: 1, beneath: 2, wildcard: 4, dname: 8, alias: 16 } as const

export interface Covers {
  readonly flags: Uint8Array
  /** By name: the highest cut at or above it, or DNAME above it, which is what it lies beneath; −1 for none. */
  readonly cover: Int32Array
}

const UNKNOWN = -2

export function findCovers(names: Names): Covers {
  const flags = flagsOf(names)
  const cover = new Int32Array(names.count).fill(UNKNOWN)
  cover[0] = -1
  for (let name = 1; name < names.count; name++) coverOf(names, flags, cover, name)
  for (let name = 1; name < names.count; name++) {
    const highest = cover[name]!
    if (highest >= 0 && highest !== name)
      flags[name] = (flags[name]! & ~(NodeFlag.cut | NodeFlag.dname)) | NodeFlag.beneath
  }
  return { flags, cover }
}

function flagsOf(names: Names): Uint8Array {
  const { records, nameOf, count } = names
  const flags = new Uint8Array(count)
  for (let name = 1; name < count; name++) if (isWildcard(names, name)) flags[name] = NodeFlag.wildcard
  for (let i = 0; i < records.count; i++) {
    const name = nameOf[i]!
    const type = typeOf(records, i)
    if (type === Type.NS && name > 0) flags[name] = (flags[name]! & ~NodeFlag.dname) | NodeFlag.cut
    // A wildcard redirects nobody: which names it stands for would depend on what exists (RFC 4592 §4.4).
    else if (type === Type.DNAME && name >= 0 && !(flags[name]! & (NodeFlag.wildcard | NodeFlag.cut)))
      flags[name]! |= NodeFlag.dname
    else if (type === ALIAS.code && name >= 0) flags[name]! |= NodeFlag.alias
  }
  return flags
}

/** What lies below is not ours, or not there, further cuts included. */
function coverOf(names: Names, flags: Uint8Array, cover: Int32Array, name: number): number {
  if (cover[name] !== UNKNOWN) return cover[name]!
  const parent = names.parent[name]!
  // As deep as a name has labels.
  const above = coverOf(names, flags, cover, parent)
  if (above >= 0) cover[name] = above
  else if (flags[parent]! & (NodeFlag.cut | NodeFlag.dname)) cover[name] = parent
  else cover[name] = flags[name]! & NodeFlag.cut ? name : -1
  return cover[name]
}
