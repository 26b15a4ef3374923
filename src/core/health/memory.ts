// A belief as something to be kept over a restart: what each prober said last and what came of it, all times as ages at one moment.
// Whoever recalls it says how long ago that moment was; no clock of another host, and none of an earlier run, comes into it.

import type { Belief, Known } from './belief.ts'
import type { Shown } from './dwell.ts'
import type { Evidence, Sighting } from './evidence.ts'
import { freshForMs, type State, type Verdict } from './tally.ts'

/** What one prober said last. Its sightings are as of the moment; `ages` has what they do not tell, in the same order. */
export interface KeptWitness {
  readonly evidence: Evidence
  readonly heardAgeMs: number
  readonly ages: readonly KeptAges[]
}

export interface KeptAges {
  readonly heardMs: number
  readonly changedMs: number
  /** When it changed its mind, by our clock; undefined: never. */
  readonly flippedMs: number | undefined
  readonly isMass: boolean
}

export interface KeptVerdict {
  readonly subject: string
  readonly state: State
  readonly sinceMs: number
  readonly turnedMs: number | undefined
  readonly beforeMs: number | undefined
  /** For how much longer enough regions were fresh, negative when they no longer were; undefined: they never were. */
  readonly freshForMs: number | undefined
  readonly lastWords: readonly (readonly [region: string, word: State])[]
}

/** As `Shown`, with ages; the age of what was found at the first look is undefined. */
export interface KeptShown {
  readonly state: State
  readonly sinceMs: number | undefined
  readonly found: State
  readonly foundMs: number | undefined
}

const ageOf = (nowMs: number, ms: number): number => Math.max(0, Math.round(nowMs - ms))
const someAge = (nowMs: number, ms: number | undefined): number | undefined =>
  ms === undefined || ms === Number.NEGATIVE_INFINITY ? undefined : ageOf(nowMs, ms)

export function keepWitness(belief: Belief, prober: string, nowMs: number): KeptWitness | undefined {
  const witness = belief.witnesses.get(prober)
  if (!witness) return undefined
  const sightings: Sighting[] = []
  const ages: KeptAges[] = []
  for (const [subject, vote] of witness.votes) {
    sightings.push(sightingOf(subject, vote, nowMs))
    ages.push({
      heardMs: ageOf(nowMs, vote.heardMs),
      changedMs: ageOf(nowMs, vote.changedMs),
      flippedMs: someAge(nowMs, vote.flippedMs),
      isMass: vote.isMass,
    })
  }
  const { region, epoch, sequence, heardMs } = witness
  return { evidence: { prober, region, epoch, sequence, sightings }, heardAgeMs: ageOf(nowMs, heardMs), ages }
}

function sightingOf(subject: string, vote: Known, nowMs: number): Sighting {
  const { up, streak, everyMs, latencyMs, timings, load, certDays, reason, turnedMs, beforeMs, changedMs, dueAtMs } =
    vote
  return {
    subject,
    up,
    streak,
    forMs: ageOf(nowMs, turnedMs ?? changedMs),
    hasTurned: up !== undefined && turnedMs !== undefined,
    heldMs: turnedMs === undefined || beforeMs === undefined ? undefined : Math.max(0, turnedMs - beforeMs),
    everyMs,
    dueMs: Math.round(dueAtMs - nowMs),
    latencyMs,
    timings,
    load,
    certDays,
    reason,
  }
}

/** `nowMs` is when it was kept, on the clock of who recalls it. A prober that has been heard since is not set back. */
export function recallWitness(belief: Belief, { evidence, heardAgeMs, ages }: KeptWitness, nowMs: number): void {
  const { prober, region, epoch, sequence, sightings } = evidence
  if (belief.witnesses.has(prober)) return
  const votes = new Map<string, Known>()
  let longestMs = 0
  for (const [i, sighting] of sightings.entries()) {
    const { heardMs, changedMs, flippedMs, isMass } = ages[i]!
    const { subject, up, streak, everyMs, latencyMs, timings, load, certDays, reason } = sighting
    const turnedMs = sighting.hasTurned ? nowMs - sighting.forMs : undefined
    votes.set(subject, {
      ...{ prober, region, up, streak, everyMs, latencyMs, timings, load, certDays, reason, isMass },
      turnedMs,
      beforeMs: turnedMs === undefined || sighting.heldMs === undefined ? undefined : turnedMs - sighting.heldMs,
      dueAtMs: nowMs + sighting.dueMs,
      heardMs: nowMs - heardMs,
      changedMs: nowMs - changedMs,
      flippedMs: flippedMs === undefined ? undefined : nowMs - flippedMs,
      isDoubted: false,
    })
    longestMs = Math.max(longestMs, freshForMs(everyMs))
    belief.news.add(subject)
    belief.moved.add(subject)
  }
  belief.witnesses.set(prober, { region, epoch, sequence, heardMs: nowMs - heardAgeMs, freshForMs: longestMs, votes })
}

export function keepVerdict(subject: string, verdict: Verdict, nowMs: number): KeptVerdict {
  const { state, sinceMs, turnedMs, beforeMs, freshUntilMs, regions } = verdict
  return {
    subject,
    state,
    sinceMs: ageOf(nowMs, sinceMs),
    turnedMs: someAge(nowMs, turnedMs),
    beforeMs: someAge(nowMs, beforeMs),
    freshForMs: Number.isFinite(freshUntilMs) ? Math.round(freshUntilMs - nowMs) : undefined,
    lastWords: regions.map(({ region, lastWord }) => [region, lastWord]),
  }
}

/** What comes before the first verdict that is made anew: its state stands on ties and in silence, its times where nothing changes. */
export function recallVerdict(belief: Belief, kept: KeptVerdict, nowMs: number): void {
  const { subject, state, sinceMs, turnedMs, beforeMs } = kept
  const nothing = { up: 0, down: 0, reason: '', latencyMs: undefined, turnedMs: undefined, beforeMs: undefined }
  belief.verdicts.set(subject, {
    state,
    because: 'as kept on disk',
    sinceMs: nowMs - sinceMs,
    turnedMs: turnedMs === undefined ? undefined : nowMs - turnedMs,
    beforeMs: beforeMs === undefined ? undefined : nowMs - beforeMs,
    freshUntilMs: nowMs + (kept.freshForMs ?? Number.NEGATIVE_INFINITY),
    load: undefined,
    certDays: undefined,
    regions: kept.lastWords.map(([region, lastWord]) => {
      const said = { region, counts: true, state: 'unknown' as const, lastWord, isFresh: false, isDoubted: false }
      return { ...said, ...nothing }
    }),
  })
  belief.news.add(subject)
}

export function keepShown({ state, sinceMs, found, foundMs }: Shown, nowMs: number): KeptShown {
  return { state, sinceMs: someAge(nowMs, sinceMs), found, foundMs: someAge(nowMs, foundMs) }
}

export function recallShown({ state, sinceMs, found, foundMs }: KeptShown, nowMs: number): Shown {
  return {
    state,
    sinceMs: sinceMs === undefined ? undefined : nowMs - sinceMs,
    found,
    foundMs: foundMs === undefined ? Number.NEGATIVE_INFINITY : nowMs - foundMs,
  }
}
