// What this node believes: the evidence of all probers, folded into one verdict per subject.
// Plain data that the functions here change in place. Ages are judged by the reader's clock alone, and nothing is decided while
// folding, so the order in which the evidence of different probers arrives does not matter.

import { isDoubted, markMassFlips } from './doubt.ts'
import type { Evidence, Sighting } from './evidence.ts'
import { freshForMs, type Rule, tally, type Verdict, type Vote } from './tally.ts'

export type Known = { -readonly [Field in keyof Vote]: Vote[Field] } & {
  /** When the prober changed its mind, on our clock. */
  flippedMs: number | undefined
  /** Whether it changed it on most of its subjects at once. */
  isMass: boolean
}

/** What is known of one prober. */
export interface Witness {
  readonly region: string
  epoch: number
  sequence: number
  heardMs: number
  /** The longest that any of its votes stays fresh. */
  freshForMs: number
  /** By subject. Changed in place: with thousands of subjects and many probers they are renewed tens of thousands of times a second. */
  readonly votes: Map<string, Known>
}

export interface Belief {
  rule: Rule
  readonly witnesses: Map<string, Witness>
  /** As of the last call of `verdicts`. */
  verdicts: Map<string, Verdict>
  /** Until when each subject's verdict holds without looking at it again, unless there is news. */
  readonly settledUntilMs: Map<string, number>
  /** Subjects with news since then. */
  readonly news: Set<string>
  /** Subjects that have been probed, or planned anew, since somebody last took them out: when their verdict may change has changed. */
  readonly moved: Set<string>
}

export function openBelief(rule: Rule): Belief {
  return {
    rule,
    witnesses: new Map(),
    verdicts: new Map(),
    settledUntilMs: new Map(),
    news: new Set(),
    moved: new Set(),
  }
}

/** From now on verdicts are made in another way: all of them are made anew. What was heard stays. */
export function useRule(belief: Belief, rule: Rule): void {
  belief.rule = rule
  for (const { votes } of belief.witnesses.values()) for (const subject of votes.keys()) belief.news.add(subject)
  for (const subject of belief.verdicts.keys()) belief.news.add(subject)
}

/** Folds in what one prober published. False for a replay or for older news, which does not count as a sign of life either. */
export function observeEvidence(belief: Belief, evidence: Evidence, nowMs: number): boolean {
  const known = belief.witnesses.get(evidence.prober)
  if (known && !isNewer(evidence, known)) return false
  const votes = known?.votes ?? new Map<string, Known>()
  const { epoch, sequence, sightings } = evidence
  let freshMs = 0
  let hasFlipped = false
  for (const sighting of sightings) {
    const before = votes.get(sighting.subject)
    if (before?.region === evidence.region) {
      if (before.up !== undefined && sighting.up !== undefined && before.up !== sighting.up) {
        before.flippedMs = nowMs
        hasFlipped = true
      }
      renew(belief, before, sighting, nowMs)
    } else {
      votes.set(sighting.subject, firstVote(evidence, sighting, nowMs))
      belief.news.add(sighting.subject)
      belief.moved.add(sighting.subject)
    }
    freshMs = Math.max(freshMs, freshForMs(sighting.everyMs))
  }
  if (votes.size > sightings.length) dropUnnamed(belief, votes, sightings)
  if (hasFlipped) doubt(belief, votes)
  belief.witnesses.set(evidence.prober, {
    region: evidence.region,
    epoch,
    sequence,
    heardMs: nowMs,
    freshForMs: freshMs,
    votes,
  })
  return true
}

function doubt(belief: Belief, votes: Map<string, Known>): void {
  const changed = new Set(markMassFlips([...votes.values()], votes.size, belief.rule.doubtAt))
  if (changed.size === 0) return
  for (const [subject, vote] of votes) if (changed.has(vote)) belief.news.add(subject)
}

function isNewer(evidence: Evidence, known: Witness): boolean {
  return evidence.epoch > known.epoch || (evidence.epoch === known.epoch && evidence.sequence > known.sequence)
}

function firstVote(evidence: Evidence, sighting: Sighting, nowMs: number): Known {
  const { prober, region } = evidence
  const { up, reason, streak, everyMs, forMs, dueMs, latencyMs, timings, load, certDays } = sighting
  const turns = turnsOf(undefined, sighting, nowMs)
  const times = { heardMs: nowMs, changedMs: nowMs - forMs, ...turns, dueAtMs: nowMs + dueMs }
  const doubts = { isDoubted: false, flippedMs: undefined, isMass: false }
  return { prober, region, up, reason, streak, everyMs, latencyMs, timings, load, certDays, ...times, ...doubts }
}

/** A probe that is due this much sooner or later than was said before has been planned anew; less is the way of the evidence. */
const movedMs = 250

function renew(belief: Belief, vote: Known, sighting: Sighting, nowMs: number): void {
  // A prober that has restarted and not probed yet is silent, not of another mind: what it said before stands until it ages.
  if (sighting.up === undefined && vote.up !== undefined) return
  const dueAtMs = nowMs + sighting.dueMs
  if (isNews(vote, sighting, nowMs)) {
    belief.news.add(sighting.subject)
    belief.moved.add(sighting.subject)
    vote.latencyMs = sighting.latencyMs
    vote.load = sighting.load
  } else if (Math.abs(dueAtMs - vote.dueAtMs) > movedMs || vote.streak !== sighting.streak)
    belief.moved.add(sighting.subject)
  if (vote.up === undefined) vote.changedMs = nowMs - sighting.forMs
  else if (vote.up !== sighting.up) vote.changedMs = nowMs
  Object.assign(vote, turnsOf(vote, sighting, nowMs))
  vote.up = sighting.up
  vote.reason = sighting.reason
  vote.timings = sighting.timings
  vote.certDays = sighting.certDays
  vote.streak = sighting.streak
  vote.everyMs = sighting.everyMs
  vote.heardMs = nowMs
  vote.dueAtMs = dueAtMs
}

/** Evidence takes its way sometimes quicker, sometimes slower: a moment that has been taken down stays as it is. */
function turnsOf(vote: Vote | undefined, sighting: Sighting, nowMs: number): Pick<Vote, 'turnedMs' | 'beforeMs'> {
  const { up, turnedMs, beforeMs } = vote ?? {}
  const kept = { turnedMs, beforeMs }
  const none = { turnedMs: undefined, beforeMs: undefined }
  if (!sighting.hasTurned) return turnedMs !== undefined && up === sighting.up ? kept : none
  const now = nowMs - sighting.forMs
  if (turnedMs !== undefined && Math.abs(now - turnedMs) < 2000) return kept
  const { heldMs } = sighting
  return { turnedMs: now, beforeMs: heldMs === undefined ? undefined : now - heldMs }
}

/** Whether this can change a verdict, its words or its figures. */
function isNews(vote: Known, sighting: Sighting, nowMs: number): boolean {
  const wasSilent = nowMs > vote.heardMs + freshForMs(vote.everyMs)
  return (
    wasSilent ||
    vote.up !== sighting.up ||
    vote.reason !== sighting.reason ||
    vote.everyMs !== sighting.everyMs ||
    vote.certDays !== sighting.certDays ||
    turnsOf(vote, sighting, nowMs).turnedMs !== vote.turnedMs ||
    isFar(vote.load, sighting.load, 5, 0) ||
    isFar(vote.latencyMs, sighting.latencyMs, 0.5, 0.05)
  )
}

/**
 * Figures move a little with every probe, and each verdict anew for that would be work for nothing. They are compared with what
 * was taken over last, so that small steps in one direction do not get lost.
 */
function isFar(before: number | undefined, now: number | undefined, least: number, share: number): boolean {
  if (before === undefined || now === undefined) return before !== now
  return Math.abs(now - before) > Math.max(least, share * before)
}

function dropUnnamed(belief: Belief, votes: Map<string, Known>, sightings: readonly Sighting[]): void {
  const named = new Set(sightings.map((sighting) => sighting.subject))
  for (const subject of votes.keys()) {
    if (named.has(subject)) continue
    votes.delete(subject)
    belief.news.add(subject)
    belief.moved.add(subject)
  }
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

/** What each prober last said about the subject, in no order. */
export function votesOn(belief: Belief, subject: string): readonly Vote[] {
  return knownOn(belief, subject)
}

function knownOn(belief: Belief, subject: string): Known[] {
  const votes: Known[] = []
  for (const witness of belief.witnesses.values()) {
    const vote = witness.votes.get(subject)
    if (vote) votes.push(vote)
  }
  return votes
}

function decide(belief: Belief, subject: string, nowMs: number): void {
  const votes = knownOn(belief, subject)
  for (const vote of votes) vote.isDoubted = vote.isMass && isDoubted(vote, votes, belief.rule, nowMs)
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
      dropUnnamed(belief, witness.votes, [])
      belief.witnesses.delete(prober)
    }
  }
}
