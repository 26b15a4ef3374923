// Addresses that stand in for those of ALIAS targets, since a rehearsal asks no resolver: made of the target's name, so that two
// configurations differ where their targets do, and nowhere else. They are of ranges that nobody has (RFC 1112 §4, RFC 4193).

import { hashName } from '../../core/wire/name.ts'
import { printAddress } from '../../core/base/address.ts'
import { bindOverlay, Resolved, writeTarget } from '../../core/zone/overlay.ts'
import type { AliasPlan } from '../alias-plan.ts'

/** What a stand-in says, by its text: "addresses of cdn.example.net.". */
export type StandIns = ReadonlyMap<string, string>

/** Whenever it is asked. */
const ALWAYS = 0x7fff_ffff

export function standIn({ targets }: AliasPlan, image: SharedArrayBuffer): StandIns {
  const overlay = bindOverlay(image)
  const said = new Map<string, string>()
  for (const [index, { name, text }] of targets.entries()) {
    const hash = hashName(name)
    const four = [240 | (hash >>> 28), hash >>> 16, hash >>> 8, hash].map((part) => part & 255)
    const six = [0xfd, ...new Array<number>(11).fill(0), ...four]
    for (const [isV6, bytes] of [four, six].entries()) {
      const address = Uint8Array.from(bytes)
      said.set(printAddress(address), `addresses of ${text}`)
      writeTarget(overlay, index, isV6 === 1, {
        state: Resolved.addresses,
        addresses: [address],
        sinceSec: 0,
        untilSec: ALWAYS,
        keptSec: ALWAYS,
        resolver: -1,
      })
    }
  }
  return said
}
