// What this node believes: the evidence of all probers, folded into one verdict per subject.
// Plain data that the functions here change in place. Ages are judged by the reader's clock alone, and nothing is decided while
// folding, so the order in which the evidence of different probers arrives does not matter.

import type { Evidence, Sighting } from './evidence.ts'
import { freshForMs, quorumOf, type Rule, tally, type Verdict, type Vote } from './tally.ts'

type Known = { -readonly [Field in keyof Vote]: Vote[Field] }

/** What is known of one prober. */
interface Witness {
  epoch: number
  sequence: number
  heardMs: number
  /** The longest that any of its votes stays fresh. */
  freshForMs: number
  /** By subject. Changed in place: with thousands of subjects and many probers they are renewed tens of thousands of times a second. */
  readonly votes: Map<string, Known>
}

export interface Belief {
  readonly rule: Rule
  readonly witnesses: Map<string, Witness>
  /** As of the last call of `verdicts`. */
  verdicts: Map<string, Verdict>
  /** Until when each subject's verdict holds without looking at it again, unless there is news. */
  readonly settledUntilMs: Map<string, number>
  /** Subjects with news since then. */
  readonly news: Set<string>
}

export function openBelief(rule: Rule): Belief {
  return { rule, witnesses: new Map(), verdicts: new Map(), settledUntilMs: new Map(), news: new Set() }
}

/** Folds in what one prober published. False for a replay or for older news, which does not count as a sign of life either. */
export function observeEvidence(belief: Belief, evidence: Evidence, nowMs: number): boolean {
  const known = belief.witnesses.get(evidence.prober)
  if (known && !isNewer(evidence, known)) return false
  const votes = known?.votes ?? new Map<string, Known>()
  const { epoch, sequence, sightings } = evidence
  let freshMs = 0
  for (const sighting of sightings) {
    const before = votes.get(sighting.subject)
    if (before?.region === evidence.region) {
      if (renew(before, sighting, nowMs)) belief.news.add(sighting.subject)
    } else {
      votes.set(sighting.subject, firstVote(evidence, sighting, nowMs))
      belief.news.add(sighting.subject)
    }
    freshMs = Math.max(freshMs, freshForMs(sighting.everyMs))
  }
  if (votes.size > sightings.length) dropUnnamed(belief, votes, sightings)
  belief.witnesses.set(evidence.prober, { epoch, sequence, heardMs: nowMs, freshForMs: freshMs, votes })
  return true
}

function isNewer(evidence: Evidence, known: Witness): boolean {
  return evidence.epoch > known.epoch || (evidence.epoch === known.epoch && evidence.sequence > known.sequence)
}

function firstVote(evidence: Evidence, sighting: Sighting, nowMs: number): Known {
  const { prober, region } = evidence
  const { up, reason, tookMs, streak, everyMs, forMs } = sighting
  return { prober, region, up, reason, tookMs, streak, everyMs, heardMs: nowMs, changedMs: nowMs - forMs }
}

/** True if this can change a verdict or its words. A new `tookMs` alone is taken along with the next change. */
function renew(vote: Known, sighting: Sighting, nowMs: number): boolean {
  // A prober that has restarted and not probed yet is silent, not of another mind: what it said before stands until it ages.
  if (sighting.up === undefined && vote.up !== undefined) return false
  const wasSilent = nowMs > vote.heardMs + freshForMs(vote.everyMs)
  const isNews =
    wasSilent || vote.up !== sighting.up || vote.reason !== sighting.reason || vote.everyMs !== sighting.everyMs
  if (vote.up === undefined) vote.changedMs = nowMs - sighting.forMs
  else if (vote.up !== sighting.up) vote.changedMs = nowMs
  vote.up = sighting.up
  vote.reason = sighting.reason
  vote.tookMs = sighting.tookMs
  vote.streak = sighting.streak
  vote.everyMs = sighting.everyMs
  vote.heardMs = nowMs
  return isNews
}

function dropUnnamed(belief: Belief, votes: Map<string, Known>, sightings: readonly Sighting[]): void {
  const named = new Set(sightings.map((sighting) => sighting.subject))
  for (const subject of votes.keys()) {
    if (named.has(subject)) continue
    votes.delete(subject)
    belief.news.add(subject)
  }
}

/** The prober has left in good order: what it said no longer counts. A late copy of its evidence does not bring it back. */
export function withdraw(belief: Belief, prober: string): void {
  const witness = belief.witnesses.get(prober)
  if (witness) dropUnnamed(belief, witness.votes, [])
}

/**
 * The verdict on every subject that anybody has spoken about. To be called about once a second, and after news. The map is never
 * changed once returned, so it can be compared with the next; the same map again means that nothing has changed.
 */
export function verdicts(belief: Belief, nowMs: number): ReadonlyMap<string, Verdict> {
  forgetTheLongSilent(belief, nowMs)
  for (const [subject, untilMs] of belief.settledUntilMs) if (nowMs > untilMs) belief.news.add(subject)
  if (belief.news.size === 0) return belief.verdicts
  belief.verdicts = new Map(belief.verdicts)
  for (const subject of belief.news) decide(belief, subject, nowMs)
  belief.news.clear()
  return belief.verdicts
}

function votesOn(belief: Belief, subject: string): Vote[] {
  const votes: Vote[] = []
  for (const witness of belief.witnesses.values()) {
    const vote = witness.votes.get(subject)
    if (vote) votes.push(vote)
  }
  return votes
}

function decide(belief: Belief, subject: string, nowMs: number): void {
  const votes = votesOn(belief, subject)
  const verdict = tally(votes, belief.rule, nowMs, belief.verdicts.get(subject))
  if (votes.length === 0 && verdict.state === 'unknown') {
    // Nobody speaks of it any more, and what was last known has run out.
    belief.verdicts.delete(subject)
    belief.settledUntilMs.delete(subject)
    return
  }
  belief.verdicts.set(subject, verdict)
  belief.settledUntilMs.set(subject, nextLapseMs(votes, verdict, belief.rule.lastKnownMs, nowMs))
}

/** When the first of the votes, or the verdict, goes stale or runs out. */
function nextLapseMs(votes: readonly Vote[], verdict: Verdict, lastKnownMs: number, nowMs: number): number {
  let earliest = Number.POSITIVE_INFINITY
  const consider = (lapseMs: number): void => {
    if (lapseMs >= nowMs && lapseMs < earliest) earliest = lapseMs
  }
  consider(verdict.freshUntilMs + lastKnownMs)
  for (const vote of votes) {
    const freshUntilMs = vote.heardMs + freshForMs(vote.everyMs)
    consider(freshUntilMs)
    consider(freshUntilMs + lastKnownMs)
  }
  return earliest
}

// This also lets a prober back in whose clock, and with it the epoch, was once set far ahead.
function forgetTheLongSilent(belief: Belief, nowMs: number): void {
  for (const [prober, witness] of belief.witnesses) {
    if (nowMs - witness.heardMs > witness.freshForMs + belief.rule.lastKnownMs) {
      withdraw(belief, prober)
      belief.witnesses.delete(prober)
    }
  }
}

/**
 * Whether anything speaks for a change of the verdict: results that count against it at a prober that still shares it, or a
 * prober that has lately turned against it. One that has been of another mind for long is not about to bring about anything.
 */
export function isContested(belief: Belief, subject: string, nowMs: number): boolean {
  const state = belief.verdicts.get(subject)?.state ?? 'unknown'
  if (state === 'unknown') return false
  return votesOn(belief, subject).some((vote) => {
    const { up, region, streak, heardMs, changedMs, everyMs } = vote
    if (up === undefined || nowMs > heardMs + freshForMs(everyMs) || !belief.rule.vantages.includes(region))
      return false
    // Within two intervals all the others have looked as well.
    return up === (state === 'up') ? streak < 0 : nowMs - changedMs <= 2 * everyMs
  })
}

/** What the time of a change depends on, from the subject's check. */
export interface Pace {
  readonly rise: number
  readonly fall: number
  readonly confirmMs: number
}

/**
 * The earliest time at which the verdict is expected to be able to change, from how far each prober's streak is from its
 * threshold; undefined when no change is in sight. Coarse: the next regular probe is taken to be a whole interval away.
 */
export function nextChangeMs(belief: Belief, subject: string, pace: Pace, nowMs: number): number | undefined {
  const verdict = belief.verdicts.get(subject)
  if (!verdict || verdict.state === 'unknown') return undefined
  const regions = verdict.regions.filter((region) => region.counts && region.state !== 'unknown')
  if (regions.length < quorumOf(belief.rule.vantages.length)) {
    const forgottenMs = verdict.freshUntilMs + belief.rule.lastKnownMs
    return forgottenMs > nowMs ? forgottenMs : undefined
  }
  const isUp = verdict.state === 'up'
  const votes = votesOn(belief, subject)
  const delays: number[] = []
  for (const region of regions) {
    if ((region.state === 'up') !== isUp) continue
    const fresh = votes.filter(
      (vote) => vote.region === region.region && nowMs <= vote.heardMs + freshForMs(vote.everyMs),
    )
    const agreeing = fresh.filter((vote) => vote.up === isUp)
    const against = fresh.filter((vote) => vote.up === !isUp).length
    delays.push(
      delayUntilMostTurn(
        agreeing.map((vote) => turnDelayMs(vote, pace)),
        against,
      ),
    )
  }
  return nowMs + delayUntilMostTurn(delays, regions.length - delays.length)
}

/** How long until so many have turned that those against are the more. */
function delayUntilMostTurn(delays: readonly number[], against: number): number {
  const turns = Math.floor((delays.length - against) / 2) + 1
  return turns <= 0 ? 0 : ([...delays].sort((a, b) => a - b)[turns - 1] ?? 0)
}

function turnDelayMs(vote: Vote, pace: Pace): number {
  const against = Math.max(0, -vote.streak)
  if (!vote.up) return Math.max(1, pace.rise - against) * vote.everyMs
  // The first failure comes with a regular probe; those after it are confirmed quickly.
  if (against === 0) return vote.everyMs + (pace.fall - 1) * pace.confirmMs
  return Math.max(1, pace.fall - against) * pace.confirmMs
}
