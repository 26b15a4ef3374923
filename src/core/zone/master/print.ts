// Records → a master file (RFC 1035 §5) that reads back identical: every line has its owner, TTL, class and type.

import { isWithin, printName } from '../../wire/name.ts'
import { typeByCode } from '../../wire/rdata/index.ts'
import { ownerOf, rdataOf, type Records, ttlOf, typeOf } from '../records.ts'

/** Owners within `origin` (absolute, wire form) are printed relative to it. */
export function printMaster(records: Records, origin: Uint8Array): string {
  const lines = [`$ORIGIN ${printName(origin)}`]
  for (let i = 0; i < records.count; i++) {
    const type = typeByCode(typeOf(records, i))
    lines.push(
      `${relativeName(ownerOf(records, i), origin)}\t${ttlOf(records, i)}\tIN\t${type.name}\t${type.print(rdataOf(records, i))}`,
    )
  }
  return `${lines.join('\n')}\n`
}

/** `@`, `www`, or an absolute name where the owner does not end in the very bytes of the origin: letters keep their case. */
function relativeName(owner: Uint8Array, origin: Uint8Array): string {
  if (!isWithin(owner, origin)) return printName(owner)
  if (owner.length === origin.length) return '@'
  const relative = new Uint8Array(owner.length - origin.length + 1)
  relative.set(owner.subarray(0, owner.length - origin.length))
  return printName(relative).slice(0, -1)
}
