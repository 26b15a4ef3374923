// When a verdict could change at the earliest: what an answer's TTL is bounded by (docs/decisions.md). Not an estimate. From when
// each prober's next probe starts, and how many results its standing is away from turning, follows a moment before which
// nothing can change, as long as nobody falls silent or joins.
//
//   prober   up:   due + (failures needed − 1) × confirm     probes after a failure, or beside one that hangs, start so far apart
//            down: due + (successes needed − 1) × 0.9 × every
//   region   when so many of its probers can have turned that most are against; likewise all regions

import type { Belief } from './belief.ts'
import { votesOn } from './belief.ts'
import { freshForMs, quorumOf, type Verdict, type Vote } from './tally.ts'

/** Intervals are jittered by this share either way (io/probe/schedule.ts). */
export const JITTER = 0.1

/** What the time of a change depends on, from the subject's check. */
export interface Pace {
  readonly rise: number
  readonly fall: number
  readonly confirmMs: number
}

/** Something that may happen from a time on, and by how much it would lessen the lead of those who are of the verdict's mind. */
interface Turn {
  readonly atMs: number
  readonly by: number
}

/** Never before `nowMs`; undefined when no change is in sight. Of equal outcome on all nodes that hold the same evidence. */
export function nextChangeMs(belief: Belief, subject: string, pace: Pace, nowMs: number): number | undefined {
  const verdict = belief.verdicts.get(subject)
  if (!verdict) return undefined
  const votes = votesOn(belief, subject)
  const { vantages, lastKnownMs } = belief.rule
  const regions = vantages.map((region) => votes.filter((vote) => vote.region === region))
  const fresh = regions.map((group) => group.filter((vote) => isFresh(vote, nowMs)))
  const speaking = fresh.filter((group) => group.some((vote) => vote.up !== undefined)).length
  const needed = quorumOf(vantages.length)
  const isUndecided = verdict.state === 'unknown' || speaking < needed
  const isPlain = belief.rule.voting.by === 'majorities' && !votes.some((vote) => vote.isDoubted)
  let nextMs = isUndecided
    ? whenDecided(fresh, needed)
    : isPlain
      ? whenTurned(verdict, regions, pace, nowMs)
      : whenAnyTurns(fresh.flat(), pace, nowMs)
  if (verdict.state !== 'unknown') {
    // What is silent counts until it has been so for too long.
    nextMs = Math.min(nextMs, verdict.freshUntilMs + lastKnownMs)
    for (const vote of votes) if (!isFresh(vote, nowMs)) nextMs = Math.min(nextMs, freshUntilMs(vote) + lastKnownMs)
  }
  return nextMs === Number.POSITIVE_INFINITY ? undefined : Math.max(nowMs, nextMs)
}

/**
 * As `nextChangeMs`, of what each of the configured regions says itself. One that says nothing is asked for its first word; what
 * counts in its place is the verdict.
 */
export function regionChangesMs(belief: Belief, subject: string, pace: Pace, nowMs: number): (number | undefined)[] {
  const verdict = belief.verdicts.get(subject)
  const { vantages, lastKnownMs } = belief.rule
  if (!verdict) return vantages.map(() => undefined)
  const all = votesOn(belief, subject)
  const hasDoubts = all.some((vote) => vote.isDoubted)
  return vantages.map((region, i) => {
    const votes = all.filter((vote) => vote.region === region)
    const { state } = verdict.regions[i]!
    let nextMs: number
    // A doubt is lifted when somebody of another region changes his mind.
    if (hasDoubts) nextMs = whenAnyTurns(all, pace, nowMs)
    else if (state === 'unknown') nextMs = whenSpoken(votes, nowMs)
    else nextMs = whenRegionTurns(votes, state === 'up', pace, nowMs)
    if (state !== 'unknown')
      for (const vote of votes) if (!isFresh(vote, nowMs)) nextMs = Math.min(nextMs, freshUntilMs(vote) + lastKnownMs)
    return nextMs === Number.POSITIVE_INFINITY ? undefined : Math.max(nowMs, nextMs)
  })
}

function freshUntilMs(vote: Vote): number {
  return vote.heardMs + freshForMs(vote.everyMs)
}

function isFresh(vote: Vote, nowMs: number): boolean {
  return nowMs <= freshUntilMs(vote)
}

/** When so many regions can have spoken that there is a verdict. The first result of a prober decides at once. */
function whenDecided(regions: readonly (readonly Vote[])[], needed: number): number {
  const times = regions.map((votes) => {
    let earliest = Number.POSITIVE_INFINITY
    for (const { up, dueAtMs } of votes)
      earliest = Math.min(earliest, up === undefined ? dueAtMs : Number.NEGATIVE_INFINITY)
    return earliest
  })
  return times.sort((a, b) => a - b)[needed - 1] ?? Number.POSITIVE_INFINITY
}

// What is not heard counts no more as soon as one of the others changes its mind, and until then it does. So its voice for
// the verdict is left out, and its voice against it is counted: whichever comes about, it is not before the time found here.

function whenTurned(verdict: Verdict, votes: readonly (readonly Vote[])[], pace: Pace, nowMs: number): number {
  const isUp = verdict.state === 'up'
  const turns: Turn[] = []
  let lead = 0
  for (const [i, { state, lastWord }] of verdict.regions.slice(0, votes.length).entries()) {
    if (state === 'unknown' && lastWord !== 'unknown') lead -= lastWord === verdict.state ? 0 : 1
    else if (state === 'unknown') turns.push({ atMs: whenSpoken(votes[i]!, nowMs), by: 1 })
    else if (state !== verdict.state) lead--
    else {
      lead++
      turns.push({ atMs: whenRegionTurns(votes[i]!, isUp, pace, nowMs), by: 2 })
    }
  }
  return whenLost(lead, turns)
}

/** By other rules, and where a doubt may be lifted: nothing changes before somebody changes his mind. */
function whenAnyTurns(votes: readonly Vote[], pace: Pace, nowMs: number): number {
  let earliest = Number.POSITIVE_INFINITY
  for (const vote of votes)
    earliest = Math.min(earliest, Math.max(nowMs, vote.up === undefined ? vote.dueAtMs : turnMs(vote, pace)))
  return earliest
}

function whenSpoken(votes: readonly Vote[], nowMs: number): number {
  let earliest = Number.POSITIVE_INFINITY
  for (const vote of votes) if (isFresh(vote, nowMs)) earliest = Math.min(earliest, vote.dueAtMs)
  return earliest
}

function whenRegionTurns(votes: readonly Vote[], isUp: boolean, pace: Pace, nowMs: number): number {
  const turns: Turn[] = []
  let lead = 0
  for (const vote of votes) {
    if (vote.up !== undefined && vote.up !== isUp) lead--
    else if (!isFresh(vote, nowMs)) continue
    else if (vote.up === undefined) turns.push({ atMs: vote.dueAtMs, by: 1 })
    else {
      lead++
      turns.push({ atMs: Math.max(nowMs, turnMs(vote, pace)), by: 2 })
    }
  }
  return whenLost(lead, turns)
}

/** When one prober's standing can have turned. */
export function turnMs(
  vote: Pick<Vote, 'up' | 'streak' | 'everyMs' | 'dueAtMs'>,
  { rise, fall, confirmMs }: Pace,
): number {
  const against = Math.max(0, -vote.streak)
  if (vote.up) return vote.dueAtMs + Math.max(0, fall - against - 1) * confirmMs
  return vote.dueAtMs + Math.max(0, rise - against - 1) * (1 - JITTER) * vote.everyMs
}

/** When those against are the more; a tie changes nothing. Something has to turn, even where they already are. */
function whenLost(lead: number, turns: Turn[]): number {
  let left = lead
  for (const { atMs, by } of turns.sort((a, b) => a.atMs - b.atMs)) {
    left -= by
    if (left < 0) return atMs
  }
  return Number.POSITIVE_INFINITY
}
