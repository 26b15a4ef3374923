// Looking at the packets of a batch before they are answered: where a client is, is read from a table that is larger than the
// processor's fast caches, and the answer would wait for it. Asked for by the dozen, what it waits for comes at the same time.
// Nothing depends on it: a guess that is wrong costs what it was meant to save. Hot.

import { HEADER } from '../wire/message.ts'
import type { Context } from './context.ts'

/** A Client Subnet of a whole number of bytes, its code first: 00 08, length, family, prefix length, scope, address. */
const SUBNET_24 = 11
const SUBNET_32 = 12
/** A shorter packet has no room for an option behind its header. */
const LEAST = HEADER + SUBNET_32

/** `source` is the sender's IPv4 address at `sourceAt`, or whatever stands there. */
export function preview(
  ctx: Context,
  bytes: Uint8Array,
  at: number,
  length: number,
  source: Uint8Array,
  sourceAt: number,
): void {
  const { lastMap } = ctx
  if (lastMap === undefined || length < LEAST) return
  const end = at + length
  // Where there is one it is mostly what the query ends with.
  let first = source[sourceAt]!
  let second = source[sourceAt + 1]!
  if (isSubnet(bytes, end - SUBNET_24)) {
    first = bytes[end - 3]!
    second = bytes[end - 2]!
  } else if (isSubnet(bytes, end - SUBNET_32)) {
    first = bytes[end - 4]!
    second = bytes[end - 3]!
  }
  const { v4Index, v4Shift } = lastMap
  ctx.previewed ^= v4Index[((first << 24) | (second << 16)) >>> v4Shift]!
}

/** Whether an option of IPv4 and just this length stands there. */
function isSubnet(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0 && bytes[at + 1] === 8 && bytes[at + 4] === 0 && bytes[at + 5] === 1
}
