// Turning what distributed probers saw into one verdict per subject: probers → their vantage region → all regions.
// A region counts once, however many probers stand in it. The surprising rule is about silence: it is never news. A silent
// voice's last word stands beside the fresh ones until one of those changes its mind (that is news, and the silent one has
// not seen it), or until `lastKnownMs` has passed. So losing probers, a few or all, changes no verdict by itself.

import type { Timings } from './evidence.ts'

export type State = 'up' | 'down' | 'unknown'

/** What one prober last said about the subject, with times of the reader's clock. */
export interface Vote {
  readonly prober: string
  readonly region: string
  /** undefined: the prober has not probed the subject yet, which is no vote. */
  readonly up: boolean | undefined
  readonly reason: string
  readonly streak: number
  readonly everyMs: number
  /** When the next probe starts, or the one under way did. */
  readonly dueAtMs: number
  readonly latencyMs: number | undefined
  readonly timings: Timings | undefined
  readonly load: number | undefined
  readonly certDays: number | undefined
  /** When the latest new evidence with an opinion arrived. */
  readonly heardMs: number
  /** When evidence with another opinion than the one before arrived. */
  readonly changedMs: number
  /** When the prober last saw it go up or down; undefined: never since it began to look. */
  readonly turnedMs: number | undefined
  /** When it saw it change the time before; undefined: not known. */
  readonly beforeMs: number | undefined
  /** It changed its mind on most of its subjects at once: it does not count until somebody else says the same. */
  readonly isDoubted: boolean
}

export interface Rule {
  /** The configured vantage regions. Sightings from other regions are shown and do not vote: a misspelt region must not shift majorities. */
  readonly vantages: readonly string[]
  /** How long a last word stands after its evidence has gone stale. */
  readonly lastKnownMs: number
  readonly voting: Voting
  /** Per mille: a prober that changes its mind on more of its subjects than this at once is doubted (doubt.ts). */
  readonly doubtAt: number
}

/**
 * How the regions' words make one. In all of them a region counts once, however many probers it has.
 * majorities: up or down as most regions are, each by most of its probers; a tie changes nothing.
 * majority: the same over all probers, those of a region sharing its one vote.
 * share: up where more than so many per mille of the votes say so, else down.
 * down: down as soon as so many regions say so, else up.
 */
export type Voting =
  | { readonly by: 'majorities' }
  | { readonly by: 'majority' }
  | { readonly by: 'share'; readonly perMille: number }
  | { readonly by: 'down'; readonly regions: number }

/** What one vantage region believes. */
export interface RegionVerdict {
  readonly region: string
  /** Whether the region is configured as a vantage and so has a vote. */
  readonly counts: boolean
  /** 'unknown' when silent, or when its probers never agreed. */
  readonly state: State
  /** The last state that was not unknown, for as long as it stands. */
  readonly lastWord: State
  readonly isFresh: boolean
  /** Everything it says is doubted. */
  readonly isDoubted: boolean
  /** Fresh probers that say up, and down. */
  readonly up: number
  readonly down: number
  /** The words of the first prober (by name) that is of the region's mind. */
  readonly reason: string
  /** How far away the target is: the mean of its fresh probers that say up. */
  readonly latencyMs: number | undefined
  /** When its word last changed, and the time before, by what those of its probers saw who are of its mind. */
  readonly turnedMs: number | undefined
  readonly beforeMs: number | undefined
}

export interface Verdict {
  readonly state: State
  /** The decision in words, for operators. */
  readonly because: string
  /** When `state` last changed, on the reader's clock. */
  readonly sinceMs: number
  /**
   * When it last went from up to down or back, by what the probers saw, so that it is the same on all nodes and known to one
   * that has just started; undefined: nobody has seen it change.
   */
  readonly turnedMs: number | undefined
  /** When it did the time before, likewise. */
  readonly beforeMs: number | undefined
  /** Until when enough regions are fresh to decide; `lastKnownMs` counts from here. */
  readonly freshUntilMs: number
  /** Per mille of the capacity: the mean of what the fresh probers of configured regions were told; undefined where nobody was. */
  readonly load: number | undefined
  /** Until the first of the certificates ends that those probers were shown. */
  readonly certDays: number | undefined
  /** The configured regions in their order, then others by name. */
  readonly regions: readonly RegionVerdict[]
}

interface Voice {
  readonly up: boolean
  /** Of its votes, how many say up: 0 to 1. */
  readonly share: number
  readonly turnedMs: number | undefined
  readonly beforeMs: number | undefined
  readonly heardMs: number
  readonly changedMs: number
  readonly freshUntilMs: number
}

/** Evidence is fresh for three of the check's intervals, and never for less than three publications (one a second). */
export function freshForMs(everyMs: number): number {
  return Math.max(3 * everyMs, 3000)
}

/** How many of `count` configured regions must be fresh before anything is decided. */
export function quorumOf(count: number): number {
  return Math.floor(count / 2) + 1
}

/** Votes of one subject, at most one per prober, in any order → the verdict, given the one before (undefined: none yet). */
export function tally(votes: readonly Vote[], rule: Rule, nowMs: number, before?: Verdict): Verdict {
  const heard = groupByRegion(votes)
  const others = [...heard.keys()].filter((region) => !rule.vantages.includes(region)).sort()
  const regions: RegionVerdict[] = []
  const voices: Voice[] = []
  for (const region of [...rule.vantages, ...others]) {
    const counts = regions.length < rule.vantages.length
    const lastWord = before?.regions.find((known) => known.region === region)?.lastWord ?? 'unknown'
    const { verdict, voice } = askRegion(region, counts, heard.get(region) ?? [], lastWord, rule, nowMs)
    regions.push(verdict)
    if (counts && voice) voices.push(voice)
  }
  const needed = quorumOf(rule.vantages.length)
  // The moment when one region too many has gone silent: the needed-th largest of the times at which they do.
  const until = voices.map((voice) => voice.freshUntilMs).sort((a, b) => b - a)[needed - 1] ?? Number.NEGATIVE_INFINITY
  const freshUntilMs = Math.max(until, before?.freshUntilMs ?? Number.NEGATIVE_INFINITY)
  const last = before?.state ?? 'unknown'
  let state = last
  let cause: Cause = 'silence'
  if (voices.filter((voice) => isFresh(voice, nowMs)).length >= needed) {
    const up = decide(voices, rule.voting, nowMs)
    state = up === undefined ? last : up ? 'up' : 'down'
    cause = up === undefined ? 'tie' : 'majority'
  } else if (nowMs - freshUntilMs > rule.lastKnownMs) state = 'unknown'
  const sinceMs = before?.state === state ? before.sinceMs : nowMs
  const because = explain(cause, state, regions, needed, rule.voting)
  const isOld = state === 'unknown' || before?.state === state
  const turns = isOld
    ? { turnedMs: before?.turnedMs, beforeMs: before?.beforeMs }
    : turnsOf(voices, state, before, nowMs)
  return { state, because, sinceMs, ...turns, freshUntilMs, ...toldOf(votes, rule, nowMs), regions }
}

/** What targets say of themselves. It does not depend on where it is heard, so a region does not count once here. */
function toldOf(
  votes: readonly Vote[],
  { vantages }: Rule,
  nowMs: number,
): { load: number | undefined; certDays: number | undefined } {
  let told = 0
  let sum = 0
  let certDays: number | undefined
  for (const vote of votes) {
    if (vote.up === undefined || nowMs > vote.heardMs + freshForMs(vote.everyMs)) continue
    if (!vantages.includes(vote.region)) continue
    if (vote.load !== undefined && vote.up) {
      told++
      sum += vote.load
    }
    if (vote.certDays !== undefined) certDays = Math.min(certDays ?? vote.certDays, vote.certDays)
  }
  return { load: told === 0 ? undefined : Math.round(sum / told), certDays }
}

function groupByRegion(votes: readonly Vote[]): Map<string, Vote[]> {
  const groups = new Map<string, Vote[]>()
  for (const vote of votes) {
    const group = groups.get(vote.region)
    if (group) group.push(vote)
    else groups.set(vote.region, [vote])
  }
  return groups
}

function askRegion(
  region: string,
  counts: boolean,
  votes: readonly Vote[],
  lastWord: State,
  rule: Rule,
  nowMs: number,
) {
  const voices: (Voice & { readonly vote: Vote })[] = []
  for (const vote of votes) {
    if (vote.up === undefined || vote.isDoubted) continue
    const { up, heardMs, changedMs, turnedMs, beforeMs } = vote
    const share = up ? 1 : 0
    const freshUntilMs = heardMs + freshForMs(vote.everyMs)
    if (nowMs - freshUntilMs <= rule.lastKnownMs)
      voices.push({ up, share, heardMs, changedMs, turnedMs, beforeMs, freshUntilMs, vote })
  }
  const fresh = voices.filter((voice) => isFresh(voice, nowMs))
  const lastUp = lastWord === 'unknown' ? undefined : lastWord === 'up'
  // Probers of one region that disagree evenly leave the region at what it last said.
  const up = voices.length === 0 ? undefined : (majority(voices, nowMs) ?? lastUp)
  const agreeing = voices.filter((voice) => voice.up === up)
  const word: State = up === undefined ? 'unknown' : up ? 'up' : 'down'
  const ups = fresh.filter((voice) => voice.up)
  const turns = {
    turnedMs: earliestOfMost(agreeing.map((v) => v.turnedMs)),
    beforeMs: earliestOfMost(agreeing.map((v) => v.beforeMs)),
  }
  const verdict: RegionVerdict = {
    region,
    counts,
    state: fresh.length > 0 ? word : 'unknown',
    lastWord: word,
    isFresh: fresh.length > 0,
    isDoubted: fresh.length === 0 && votes.some((vote) => vote.isDoubted),
    up: ups.length,
    down: fresh.length - ups.length,
    reason: firstByName(agreeing.length > 0 ? agreeing.map((voice) => voice.vote) : votes)?.reason ?? 'no prober heard',
    latencyMs: mean(ups.map((voice) => voice.vote.latencyMs)),
    ...turns,
  }
  if (up === undefined) return { verdict, voice: undefined }
  const latest = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const counted = counting(voices, nowMs)
  const voice: Voice = {
    up,
    share: counted.filter((v) => v.up).length / counted.length,
    ...turns,
    heardMs: latest(voices.map((v) => v.heardMs)),
    changedMs: latest(agreeing.map((v) => v.changedMs)),
    freshUntilMs: latest(voices.map((v) => v.freshUntilMs)),
  }
  return { verdict, voice }
}

function isFresh(voice: Voice, nowMs: number): boolean {
  return nowMs <= voice.freshUntilMs
}

/** What most of the voices that count say; undefined for a tie. A silent voice counts until a fresh one changes its mind. */
function majority(voices: readonly Voice[], nowMs: number): boolean | undefined {
  let lead = 0
  for (const voice of counting(voices, nowMs)) lead += voice.up ? 1 : -1
  return lead === 0 ? undefined : lead > 0
}

function counting<V extends Voice>(voices: readonly V[], nowMs: number): V[] {
  let newsMs = Number.NEGATIVE_INFINITY
  for (const voice of voices) if (isFresh(voice, nowMs)) newsMs = Math.max(newsMs, voice.changedMs)
  return voices.filter((voice) => isFresh(voice, nowMs) || voice.heardMs >= newsMs)
}

/** What the regions' voices come to; undefined for a tie. */
function decide(voices: readonly Voice[], voting: Voting, nowMs: number): boolean | undefined {
  if (voting.by === 'majorities') return majority(voices, nowMs)
  const counted = counting(voices, nowMs)
  if (voting.by === 'down') return counted.filter(({ up }) => !up).length < voting.regions
  const share = counted.reduce((sum, voice) => sum + voice.share, 0) / counted.length
  if (voting.by === 'share') return 1000 * share > voting.perMille
  return share === 0.5 ? undefined : share > 0.5
}

/** When the voices that are of the verdict's mind had become so many that it was theirs, and when it changed the time before. */
function turnsOf(
  voices: readonly Voice[],
  state: State,
  before: Verdict | undefined,
  nowMs: number,
): Pick<Verdict, 'turnedMs' | 'beforeMs'> {
  const agreeing = voices.filter(({ up }) => up === (state === 'up'))
  const seen = earliestOfMost(agreeing.map(({ turnedMs }) => turnedMs))
  // Somebody here saw it change: where no prober did (they have all been replaced), it was now.
  const hasChanged = before !== undefined && before.state !== 'unknown'
  const turnedMs = seen ?? (hasChanged ? nowMs : before?.turnedMs)
  // By the evidence where it tells, so that a node without a past agrees with the others.
  const beforeMs = earliestOfMost(agreeing.map((voice) => voice.beforeMs)) ?? (hasChanged ? before.turnedMs : undefined)
  return { turnedMs, beforeMs }
}

/** The time at which more than half of them had turned; undefined where that was before anybody looked. */
function earliestOfMost(times: readonly (number | undefined)[]): number | undefined {
  const sorted = times.map((time) => time ?? Number.NEGATIVE_INFINITY).sort((a, b) => a - b)
  const most = sorted[Math.floor(sorted.length / 2)]
  return most === undefined || most === Number.NEGATIVE_INFINITY ? undefined : most
}

function firstByName(votes: readonly Vote[]): Vote | undefined {
  let first: Vote | undefined
  for (const vote of votes) if (!first || vote.prober < first.prober) first = vote
  return first
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0) / known.length
}

type Cause = 'majority' | 'tie' | 'silence'

function explain(
  cause: Cause,
  state: State,
  regions: readonly RegionVerdict[],
  needed: number,
  voting: Voting,
): string {
  const entitled = regions.filter((region) => region.counts)
  const fresh = entitled.filter((region) => region.isFresh && region.state !== 'unknown')
  if (cause === 'silence') {
    const heard = `${fresh.length} of ${entitled.length} vantage regions heard, ${needed} needed to decide`
    return state === 'unknown' ? heard : `${heard}; still ${state}, as last known`
  }
  const speaking = cause === 'tie' || state === 'down' ? 'down' : 'up'
  const saying = fresh.filter((region) => region.state === speaking)
  // A healthy subject needs no list: every region would say the same.
  const list =
    speaking === 'down' && saying.length > 0 ? `: ${saying.map((r) => `${r.region} (${r.reason})`).join(', ')}` : ''
  const doubted = entitled.filter((region) => region.isDoubted).map((region) => region.region)
  const doubt = doubted.length === 0 ? '' : `; doubted until others agree: ${doubted.join(', ')}`
  const silent = entitled.filter((region) => !region.isFresh && !region.isDoubted).map((region) => region.region)
  const silence = doubt + (silent.length === 0 ? '' : `; silent: ${silent.join(', ')}`)
  const tie = cause === 'tie' ? `; a tie changes nothing, so still ${state}` : ''
  return `${saying.length} of ${fresh.length} vantage regions say ${speaking}${list}${silence}${tie}${describeVoting(voting)}`
}

/** The usual rule needs no words. */
function describeVoting(voting: Voting): string {
  if (voting.by === 'majorities') return ''
  if (voting.by === 'majority') return ' (by the majority of all probers)'
  if (voting.by === 'share') return ` (up where more than ${voting.perMille / 10} % say so)`
  return ` (down where ${voting.regions} say so)`
}
