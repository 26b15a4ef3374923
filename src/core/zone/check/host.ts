// Which names of a record are hosts that a client asks for next, and what it will ask them for (RFC 1035, 2782, 2230, 3403, 9460).

import { NAPTR } from '../../wire/rdata/naptr.ts'
import { targetNames } from '../../wire/rdata/index.ts'
import { rdataOf, type Records, typeOf } from '../records.ts'
import { Code, keyOf } from './owners.ts'

export interface Pointer {
  /** The name pointed to; "." where the record says that there is none. */
  readonly key: string
  /** Types of which the name has to have one; empty: addresses. */
  readonly wants: readonly number[]
  /** Whether the name may be a CNAME (forbidden by RFC 2181 §10.3, 2782, allowed by RFC 9460 §2.4.2). */
  readonly mayBeAlias: boolean
}

const hostTypes: ReadonlySet<number> = new Set([Code.MX, Code.SRV, Code.KX, Code.AFSDB])

/** The pointer of a record, undefined where its type has none. NS has rules of its own. */
export function pointerOf(records: Records, i: number): Pointer | undefined {
  const type = typeOf(records, i)
  if (hostTypes.has(type)) return { key: targetKey(records, i), wants: [], mayBeAlias: false }
  // An alias may point to records of its own type, a service to addresses.
  if (type === Code.SVCB || type === Code.HTTPS) {
    const rdata = rdataOf(records, i)
    const isAlias = rdata[0] === 0 && rdata[1] === 0
    return { key: targetKey(records, i), wants: isAlias ? [type, Code.A, Code.AAAA] : [], mayBeAlias: true }
  }
  return type === Code.NAPTR ? rewritten(records, i) : undefined
}

/** RFC 3404 §4.3: "S" leads to SRV, "A" to addresses, none to more NAPTR; with "U" and "P" nothing is looked up. */
function rewritten(records: Records, i: number): Pointer | undefined {
  const flags = String.fromCharCode(...NAPTR.read(rdataOf(records, i))!.flags).toUpperCase()
  const key = targetKey(records, i)
  if (flags === 'S') return { key, wants: [Code.SRV], mayBeAlias: true }
  if (flags === 'A') return { key, wants: [], mayBeAlias: true }
  return flags === '' ? { key, wants: [Code.NAPTR], mayBeAlias: true } : undefined
}

function targetKey(records: Records, i: number): string {
  return keyOf(targetNames(rdataOf(records, i), typeOf(records, i))[0]!)
}
