// The targets that steering chose, as records: plain data, names that may be compressed (RFC 3597 §4), and HTTPS and SVCB with
// hints that name only what is usable now (RFC 9460 §7.3). Hot.

import { AUTO, HintField } from '../steer/compile-pool.ts'
import { type Asking, MAX_CHOSEN } from '../steer/policy.ts'
import { drawHints, FOLLOWS, isTargetUsable, TargetField } from '../steer/pool.ts'
import { HintKey } from '../steer/target.ts'
import { Type } from '../wire/message.ts'
import { Layout } from '../wire/rdata.ts'
import { fits, put16, writeBytes, writeHead } from '../wire/reply.ts'
import type { Context } from './context.ts'
import { writeNamed } from './section.ts'

/** Room for the hints of one record: two heads, and as many addresses as are drawn or listed. */
const HINTS_ROOM = 8 + MAX_CHOSEN * 20

/** Writes what was chosen. Returns the offset of the last record's name (a CNAME's target), 0 where its data is none. */
export function writeTargets(ctx: Context, bytes: Uint8Array, owner: number, ttlSec: number): number {
  const { asking, reply: r } = ctx
  const { table, type } = asking
  const layout = type === Type.CNAME ? Layout.name : type === Type.MX ? Layout.u16Name : Layout.none
  // Whatever a policy took: a name has one CNAME.
  const count = type === Type.CNAME ? 1 : asking.chosenCount
  let target = 0
  for (let i = 0; i < count; i++) {
    const chosen = asking.chosen[i]!
    const length = table[chosen + TargetField.length]!
    const data = table[chosen + TargetField.data]!
    const hints = table[chosen + TargetField.hints]! & ~FOLLOWS
    if (!fits(r, 12 + length + (hints === 0 ? 0 : HINTS_ROOM))) return 0
    writeHead(r, owner, type, ttlSec, length)
    if (layout !== Layout.none) target = writeNamed(ctx, bytes, data, layout)
    else if (hints === 0) writeBytes(r, bytes, data, length)
    else writeHinted(ctx, bytes, data, length, hints, asking.chosenFrom[i]!)
    r.answers++
  }
  return target
}

function writeHinted(ctx: Context, bytes: Uint8Array, data: number, length: number, at: number, pool: number): void {
  const { asking, reply: r } = ctx
  const { table } = asking
  const start = r.at
  const before = table[at + HintField.before]!
  const between = table[at + HintField.between]!
  writeBytes(r, bytes, data, before)
  writeHint(ctx, bytes, pool, HintKey.v4, table[at + HintField.v4]!, table[at + HintField.v4At]!)
  writeBytes(r, bytes, data + before, between)
  writeHint(ctx, bytes, pool, HintKey.v6, table[at + HintField.v6]!, table[at + HintField.v6At]!)
  writeBytes(r, bytes, data + before + between, length - before - between)
  put16(r.bytes, start - 2, r.at - start)
}

/** One hint, or nothing: an empty one would be malformed. */
function writeHint(ctx: Context, bytes: Uint8Array, pool: number, key: number, listed: number, listAt: number): void {
  const { asking, reply: r } = ctx
  const { table, hinted } = asking
  const isV4 = key === HintKey.v4
  const size = isV4 ? 4 : 16
  const count =
    listed === AUTO
      ? drawHints(asking, pool, isV4 ? Type.A : Type.AAAA, hinted)
      : usableOf(asking, pool, listed, listAt, hinted)
  if (count === 0) return
  put16(r.bytes, r.at, key)
  put16(r.bytes, r.at + 2, count * size)
  r.at += 4
  for (let i = 0; i < count; i++) writeBytes(r, bytes, table[hinted[i]! + TargetField.data]!, size)
}

/** Those of the listed targets that are usable, in the order given. */
function usableOf(asking: Asking, pool: number, listed: number, listAt: number, into: Int32Array): number {
  let count = 0
  for (let i = 0; i < listed && count < MAX_CHOSEN; i++) {
    const target = asking.table[listAt + i]!
    if (isTargetUsable(asking, pool, target)) into[count++] = target
  }
  return count
}
