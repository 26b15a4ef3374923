// Who probes what, among the probers of one region: so many of them per target, and not all, so that nothing is probed more often
// because there are more nodes. Nobody assigns: each prober leaves a target to those that come before it, as long as it hears
// that they look after it. The order is another for each target (rendezvous hashing), so that a lost prober's share moves to
// all the others, and only its share moves.
//
//   order for 192.0.2.10:  ams-2  ams-1  ams-3  ams-4     with two per region ams-2 and ams-1 probe it
//                            ✗     ams-1  ams-3  ams-4     ams-2 is not heard for a while: ams-3 joins in
//                          ams-2  ams-1  ams-3  ams-4     ams-2 is back: ams-3 goes on until ams-2 has an opinion of its own
//
// The next in the order joins in at once, and those behind it give it some time: else all of them would, when one is lost.
// So there is never a hole in the evidence: taking over begins long before the lost prober's word is stale, and handing over
// waits for the other's word, which every reader has when it sees that ours is gone.

import { siphash, type SipState, readSipKey } from '../base/siphash.ts'
import type { Belief, Witness } from './belief.ts'
import type { Vote } from './tally.ts'

/** Two publications: who is heard so lately is there. */
const THERE_MS = 2000
/** For taking on: two rounds of publishing and reading, and the first probe in between. */
const PATIENCE_MS = 4000

/** What is shared out as one: the subjects of one address, since a combined check needs its parts at the same prober. */
export interface Duty {
  readonly address: string
  readonly subjects: readonly string[]
}

export interface Sharing {
  readonly prober: string
  readonly region: string
  /** How many probers of the region look after each target. */
  readonly most: number
  /** Addresses that are left to others. */
  readonly left: Set<string>
  /** Since when an address that is left is looked after by too few: somebody before us is to take it on. */
  readonly lacking: Map<string, number>
  /** A hash for each prober, of each address. */
  readonly ranks: Map<string, Map<string, number>>
}

export function openSharing(prober: string, region: string, most: number): Sharing {
  return { prober, region, most, left: new Set(), lacking: new Map(), ranks: new Map() }
}

// No secret: nobody gains by knowing who probes what.
const key = readSipKey(new Uint8Array(16))

/**
 * Looks at all duties again, and says whether any of them has changed hands; `left` has those that are now left to others.
 * To be called about once a second.
 */
export function share(sharing: Sharing, belief: Belief, duties: readonly Duty[], nowMs: number): boolean {
  const others = [...belief.witnesses].filter(
    ([prober, { region }]) => prober !== sharing.prober && region === sharing.region,
  )
  forget(sharing, duties, new Set(others.map(([prober]) => prober)))
  let hasChanged = false
  for (const { address, subjects } of duties) {
    const own = rankOf(sharing, sharing.prober, address)
    // Those that come first, and of them so many as are wanted.
    const before = others.filter(([prober]) => isBefore(rankOf(sharing, prober, address), prober, own, sharing.prober))
    const isLeft = sharing.left.has(address)
    const isEnough = (isOne: (witness: Witness, subject: string) => boolean): boolean =>
      before.length >= sharing.most &&
      subjects.every((subject) => {
        let covered = 0
        for (const [, witness] of before) if (isOne(witness, subject)) covered++
        return covered >= sharing.most
      })
    const isCovered = isEnough(({ votes }, subject) => looksAfter(votes.get(subject), isLeft, nowMs))
    const canBeLeft =
      isCovered ||
      (isLeft &&
        mayWait(sharing, address, nowMs) &&
        isEnough(
          (witness, subject) =>
            looksAfter(witness.votes.get(subject), isLeft, nowMs) || mayTakeOn(witness, subject, nowMs),
        ))
    if (isCovered || !canBeLeft) sharing.lacking.delete(address)
    if (canBeLeft === isLeft) continue
    hasChanged = true
    if (canBeLeft) sharing.left.add(address)
    else sharing.left.delete(address)
  }
  return hasChanged
}

function forget(sharing: Sharing, duties: readonly Duty[], others: ReadonlySet<string>): void {
  for (const prober of sharing.ranks.keys())
    if (prober !== sharing.prober && !others.has(prober)) sharing.ranks.delete(prober)
  const named = new Set(duties.map(({ address }) => address))
  for (const address of sharing.left) if (!named.has(address)) sharing.left.delete(address)
  for (const address of sharing.lacking.keys()) if (!named.has(address)) sharing.lacking.delete(address)
  for (const ranks of sharing.ranks.values())
    if (ranks.size > 2 * named.size) for (const address of ranks.keys()) if (!named.has(address)) ranks.delete(address)
}

function rankOf({ ranks }: Sharing, prober: string, address: string): number {
  const known = ranks.get(prober) ?? new Map<string, number>()
  ranks.set(prober, known)
  let rank = known.get(address)
  if (rank === undefined) {
    const bytes = new TextEncoder().encode(`${prober}\n${address}`)
    const state: SipState = { lo: 0, hi: 0 }
    siphash(key, bytes, 0, bytes.length, state)
    rank = state.lo
    known.set(address, rank)
  }
  return rank
}

function isBefore(rank: number, prober: string, other: number, otherProber: string): boolean {
  return rank === other ? prober < otherProber : rank > other
}

/** To leave a target to a prober its opinion must be settled; to go on leaving it, that it is heard and has one. */
function looksAfter(vote: Vote | undefined, isLeft: boolean, nowMs: number): boolean {
  if (vote?.up === undefined || nowMs - vote.heardMs > lostAfterMs(vote.everyMs)) return false
  return isLeft || vote.streak >= 2
}

/** Whether those before us may still be taking the address on. */
function mayWait({ lacking }: Sharing, address: string, nowMs: number): boolean {
  const sinceMs = lacking.get(address) ?? nowMs
  lacking.set(address, sinceMs)
  return nowMs - sinceMs <= PATIENCE_MS
}

/** It is there, looks after others, and has left this one, or has only begun with it. */
function mayTakeOn({ votes, heardMs }: Witness, subject: string, nowMs: number): boolean {
  return votes.size > 0 && votes.get(subject)?.up === undefined && nowMs - heardMs <= THERE_MS
}

/** Five publications, and less where evidence is stale soon: three intervals, of which the first probe takes a second or two. */
function lostAfterMs(everyMs: number): number {
  return Math.min(5000, Math.max(2000, everyMs))
}
