// The prober: runs the checks of all subjects on schedule and reports what it sees, whole, once a second and at once on news.
// Constant work: a report has the same size whether all is well or nothing is. Clock, dice and timers are arguments, so that
// tests run it in virtual time.

import { printDuration } from '../../core/base/duration.ts'
import type { Evidence, Sighting } from '../../core/health/evidence.ts'
import { isInDoubt } from '../../core/health/standing.ts'
import { notProbed, type ParsedCheck, type Seen } from './check.ts'
import { runCheck } from './checks/index.ts'
import type { Combination } from './combine.ts'
import { type Combined, observeCombined, openCombined, type Part, resumeCombined } from './combined.ts'
import { type Budget, openBudget } from './budget.ts'
import { type DueQueue, openDueQueue } from './due-queue.ts'
import { countResult, type Duty, identityOf, openDuty, resume, sightingOf } from './duty.ts'
import { type Kit, openKit } from './kit.ts'
import { abandon, type Flight, hedgeDueMs, land, openFlight } from './flight.ts'
import { PUSH } from './push.ts'
import { hear, noteElsewhere, observePushed, openPushed, type Pushed, type PushReport, resumePushed } from './pushed.ts'
import { firstDelayMs, graceMs, nextDelayMs } from './schedule.ts'

export interface ProbeSubject {
  /** Unique; the same on every node with the same configuration (core/health/subject.ts). */
  readonly subject: string
  readonly check: ParsedCheck
  readonly address: string
  readonly port: number
  /** It is not probed, but worked out from other subjects, which these are the names of. */
  readonly combination?: Combination
}

/** Calls back after `delayMs`, once, unless the function that it returned is called before. */
export type SetTimer = (callback: () => void, delayMs: number) => () => void

export interface ProbeLimits {
  /** Probes under way at the same time, at most. */
  readonly atOnce: number
  /** Probes a second at one address and port, at most. */
  readonly perTarget: number
}

export interface ProberOptions {
  /** The node's name. */
  readonly name: string
  readonly region: string
  /** Larger than at the last start: the time of day, say. */
  readonly epoch: number
  readonly subjects: readonly ProbeSubject[]
  /** Milliseconds; must not jump. */
  now(): number
  /** In [0, 1). */
  random(): number
  readonly setTimer: SetTimer
  report(evidence: Evidence): void
  readonly limits?: Partial<ProbeLimits>
  /** What an earlier run published last, and how long ago, for this one to go on from. */
  readonly before?: EarlierRun | undefined
  /** What the checks share. */
  readonly kit?: Kit
  /** One probe; replaced in tests. */
  readonly run?: (check: ParsedCheck, target: ProbeSubject, signal: AbortSignal) => Promise<Seen>
}

export interface EarlierRun {
  readonly sightings: readonly Sighting[]
  readonly ageMs: number
}

/** How the prober itself is doing; plain data. */
export interface ProberState {
  readonly subjects: number
  readonly running: number
  /** By how much the most overdue probe is late, because too many run at once. */
  readonly lateMs: number
  /** Since the start, by how they ended. */
  readonly probes: {
    readonly success: number
    readonly failure: number
    /** They could not be made, for a reason on this side. */
    readonly fault: number
    /** They became needless, because an earlier probe was answered. */
    readonly discarded: number
  }
  /** How often a probe was put off, because its target had been probed as often as it may be. */
  readonly putOff: number
}

export interface Prober {
  /** Resolves when each of the first subjects has been probed once (or has gone), and when closed. */
  readonly firstRoundDone: Promise<void>
  /** Subjects whose key, check and endpoint are unchanged keep their standing. */
  replaceSubjects(subjects: readonly ProbeSubject[]): void
  /** What the application itself says of such a subject; of any other it is ignored. */
  push(subject: string, report: PushReport): void
  /** Of those that report themselves, the ones that another prober has good reports of; all others have none. */
  noteElsewhere(subjects: readonly string[]): void
  state(): ProberState
  /** Stops and waits until the running probes have ended. */
  close(): Promise<void>
}

const tickMs = 1000
// When a whole region fails, thousands of standings change in one second, and each report holds them all. With ten thousand
// subjects a report takes some milliseconds: news may take a tenth of the time, or reporting would make probes late, late probes fail,
// and failures news.
const newsGapMs = 50
const newsShare = 0.1
// A TLS handshake takes about 2 ms of processor time: this many at the same moment delay each other by a second, well below the
// usual timeout. A hanging target holds a place for the whole timeout: 100 of them, at the usual timing, take up 40 places.
const usuallyAtOnce = 512
// One check that is being confirmed asks once a second; the shortest `confirm` there is, ten times.
const usuallyPerTarget = 10

interface Probing {
  readonly options: ProberOptions
  readonly atOnce: number
  readonly budget: Budget
  readonly run: NonNullable<ProberOptions['run']>
  duties: Map<string, Duty>
  combined: Map<string, Combined>
  /** They report themselves. */
  pushed: Map<string, Pushed>
  readonly queue: DueQueue<Duty>
  running: Set<Promise<void>>
  firstRound: Set<Duty>
  finishFirstRound(): void
  sequence: number
  reportedMs: number
  /** How long the last report took to make. */
  reportTookMs: number
  cancelWake: () => void
  cancelTick: () => void
  cancelNews: (() => void) | undefined
  putOff: number
  isClosed: boolean
  /** By subject, each until it is taken up. */
  readonly before: Map<string, Sighting>
  readonly probes: { -readonly [Outcome in keyof ProberState['probes']]: number }
}

export function openProber(options: ProberOptions): Prober {
  const { promise, resolve } = Promise.withResolvers<void>()
  const kit = options.kit ?? openKit()
  const probing: Probing = {
    options,
    atOnce: options.limits?.atOnce ?? usuallyAtOnce,
    budget: openBudget(options.limits?.perTarget ?? usuallyPerTarget),
    run: options.run ?? ((check, target, signal) => runCheck(check, target, signal, kit)),
    duties: new Map(),
    combined: new Map(),
    pushed: new Map(),
    queue: openDueQueue(),
    running: new Set(),
    firstRound: new Set(),
    finishFirstRound: resolve,
    sequence: 0,
    reportedMs: Number.NEGATIVE_INFINITY,
    reportTookMs: 0,
    cancelWake: () => {},
    cancelTick: () => {},
    cancelNews: undefined,
    putOff: 0,
    isClosed: false,
    before: new Map(options.before?.sightings.map((sighting) => [sighting.subject, sighting])),
    probes: { success: 0, failure: 0, fault: 0, discarded: 0 },
  }
  replaceSubjects(probing, options.subjects)
  probing.before.clear()
  probing.firstRound = new Set(probing.duties.values())
  if (probing.firstRound.size === 0) resolve()
  tick(probing)
  return {
    firstRoundDone: promise,
    replaceSubjects: (subjects) => replaceSubjects(probing, subjects),
    push: (subject, report) => takePush(probing, subject, report),
    noteElsewhere(subjects) {
      const named = new Set(subjects)
      for (const [subject, pushed] of probing.pushed) noteElsewhere(pushed, named.has(subject), options.now())
    },
    state: () => stateOf(probing),
    close: () => close(probing),
  }
}

function stateOf({ duties, running, queue, options, probes, putOff }: Probing): ProberState {
  const lateMs = Math.max(0, options.now() - (queue.peek()?.dueMs ?? Number.POSITIVE_INFINITY))
  return { subjects: duties.size, running: running.size, lateMs, probes: { ...probes }, putOff }
}

function replaceSubjects(probing: Probing, subjects: readonly ProbeSubject[]): void {
  if (probing.isClosed) return
  const nowMs = probing.options.now()
  const before = probing.duties
  const { combined: combinedBefore, pushed: pushedBefore } = probing
  probing.duties = new Map()
  probing.combined = new Map()
  probing.pushed = new Map()
  for (const task of subjects) {
    const { subject, combination } = task
    const isPushed = task.check.type === PUSH
    const published = probing.before.get(subject)
    const { ageMs } = probing.options.before ?? { ageMs: 0 }
    if (combination) {
      const combined = openCombined(subject, combination, combinedBefore.get(subject))
      if (published) resumeCombined(combined, published, ageMs, nowMs)
      probing.combined.set(subject, combined)
    }
    if (isPushed) {
      const pushed = openPushed(task, pushedBefore.get(subject))
      if (published) resumePushed(pushed, published, ageMs, nowMs)
      probing.pushed.set(subject, pushed)
    }
    if (combination || isPushed || probing.duties.has(subject)) continue
    const kept = before.get(task.subject)
    if (kept?.identity === identityOf(task)) {
      probing.duties.set(task.subject, kept)
      before.delete(task.subject)
      continue
    }
    const duty = openDuty(probing.options.name, task)
    if (published) resume(duty, published, ageMs, nowMs)
    probing.duties.set(task.subject, duty)
    plan(probing, duty, nowMs + firstDelayMs(duty.phase, task.check.everyMs, subjects.length))
  }
  for (const gone of before.values()) {
    plan(probing, gone, undefined)
    for (const flight of gone.flights.splice(0)) abandon(flight, 'stopped')
    leaveFirstRound(probing, gone)
  }
  probing.budget.keep(new Set([...probing.duties.values()].map(({ endpoint }) => endpoint)))
  pump(probing)
}

function takePush(probing: Probing, subject: string, report: PushReport): void {
  const pushed = probing.pushed.get(subject)
  if (pushed && !probing.isClosed && hear(pushed, report, probing.options.now())) reportNews(probing)
}

/** When the next probe of a subject starts; undefined: when a result has come. */
function plan(probing: Probing, duty: Duty, dueMs: number | undefined): void {
  probing.queue.remove(duty)
  if (dueMs === undefined) return
  duty.dueMs = dueMs
  probing.queue.push(duty)
}

/** Starts what is due, as far as the limit allows, and sets the timer for what is due next. */
function pump(probing: Probing): void {
  probing.cancelWake()
  if (probing.isClosed) return
  const nowMs = probing.options.now()
  while (probing.running.size < probing.atOnce && (probing.queue.peek()?.dueMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
    const duty = probing.queue.pop()!
    const freeAtMs = probing.budget.freeAtMs(duty.endpoint, nowMs)
    const grace = duty.flights.length > 0 ? graceMs(nowMs - duty.dueMs) : 0
    if (grace > 0) plan(probing, duty, nowMs + grace)
    else if (freeAtMs <= nowMs) start(probing, duty, nowMs)
    else {
      probing.putOff++
      plan(probing, duty, freeAtMs)
    }
  }
  const next = probing.queue.peek()
  // At the limit it is the end of a probe that wakes us.
  if (next && probing.running.size < probing.atOnce) {
    probing.cancelWake = probing.options.setTimer(() => pump(probing), Math.max(0, next.dueMs - nowMs))
  }
}

function start(probing: Probing, duty: Duty, nowMs: number): void {
  probing.budget.take(duty.endpoint, nowMs)
  // Late ones keep to the plan, or all that waited together would come together from then on.
  const flight = openFlight(nowMs, Math.max(duty.dueMs, nowMs - duty.task.check.everyMs / 2))
  duty.flights.push(flight)
  plan(probing, duty, hedgeDueMs(duty.flights, duty.standing, duty.task.check))
  const probe = fly(probing, duty, flight).finally(() => {
    probing.running.delete(probe)
    pump(probing)
  })
  probing.running.add(probe)
}

async function fly(probing: Probing, duty: Duty, flight: Flight): Promise<void> {
  const { options } = probing
  const { check } = duty.task
  const { controller } = flight
  const limitMs = flight.startedMs + check.timeoutMs
  const timeOut = (): void => controller.abort(new Error(`timed out after ${printDuration(check.timeoutMs)}`))
  let cancelLimit = options.setTimer(() => {
    const grace = graceMs(options.now() - limitMs)
    if (grace === 0) timeOut()
    else cancelLimit = options.setTimer(timeOut, grace)
  }, check.timeoutMs)
  let seen: Seen
  try {
    seen = await probing.run(check, duty.task, controller.signal)
  } catch (error) {
    // A check that throws has a bug, and that says nothing of the target.
    seen = notProbed(`the check itself failed: ${String(error)}`)
  }
  cancelLimit()
  if (!flight.isDiscarded && !probing.isClosed) settle(probing, duty, flight, seen)
}

function settle(probing: Probing, duty: Duty, flight: Flight, seen: Seen): void {
  const { options, probes } = probing
  const nowMs = options.now()
  const { check } = duty.task
  const before = duty.standing.up
  const { counted, discarded } = land(duty.flights, flight, seen)
  probes.discarded += discarded
  for (const { seen: result } of counted) {
    countResult(duty, result, nowMs)
    probes[result.ok === undefined ? 'fault' : result.ok ? 'success' : 'failure']++
  }
  const last = counted.at(-1)
  if (last && duty.flights.length === 0) {
    const isDoubted = last.seen.ok !== undefined && isInDoubt(duty.standing)
    const progress = { probes: duty.probes, phase: duty.phase, isInDoubt: isDoubted }
    const fromMs = isDoubted ? last.startedMs : last.plannedMs
    plan(probing, duty, Math.max(nowMs, fromMs + nextDelayMs(check, progress, options.random())))
  } else plan(probing, duty, hedgeDueMs(duty.flights, duty.standing, check))
  const roundEnded = counted.length > 0 && leaveFirstRound(probing, duty)
  if (roundEnded) report(probing)
  else if (duty.standing.up !== before) reportNews(probing)
}

/** Whether this was the last one that the first round waited for. */
function leaveFirstRound(probing: Probing, duty: Duty): boolean {
  if (!probing.firstRound.delete(duty) || probing.firstRound.size > 0) return false
  probing.finishFirstRound()
  return true
}

function tick(probing: Probing): void {
  probing.cancelTick = probing.options.setTimer(() => {
    report(probing)
    tick(probing)
  }, tickMs)
}

function reportNews(probing: Probing): void {
  if (probing.cancelNews) return
  const gapMs = Math.max(newsGapMs, probing.reportTookMs / newsShare)
  const waitMs = probing.reportedMs + gapMs - probing.options.now()
  if (waitMs <= 0) report(probing)
  else probing.cancelNews = probing.options.setTimer(() => report(probing), waitMs)
}

function report(probing: Probing): void {
  if (probing.isClosed) return
  const { name, region, epoch, now } = probing.options
  probing.cancelNews?.()
  probing.cancelNews = undefined
  probing.reportedMs = now()
  probing.sequence++
  const sightings = [...probing.duties.values()].map((duty) => sightingOf(duty, probing.reportedMs))
  for (const pushed of probing.pushed.values()) {
    const sighting = observePushed(pushed, probing.reportedMs)
    if (sighting) sightings.push(sighting)
  }
  if (probing.combined.size > 0) sightings.push(...combinedSightings(probing, sightings))
  probing.options.report({ prober: name, region, epoch, sequence: probing.sequence, sightings })
  probing.reportTookMs = now() - probing.reportedMs
}

function combinedSightings(
  { combined, duties, pushed, reportedMs }: Probing,
  sightings: readonly Sighting[],
): Sighting[] {
  const parts = new Map<string, Part>()
  for (const sighting of sightings) {
    const { subject } = sighting
    parts.set(subject, { sighting, task: (duties.get(subject) ?? pushed.get(subject))!.task })
  }
  const isLeft = (part: string): boolean => pushed.has(part) && !parts.has(part)
  return [...combined.values()].flatMap((each) => {
    const sighting = observeCombined(each, parts, reportedMs)
    // What hangs on a part that is left to another node is left to it, too.
    return sighting.up === undefined && each.combination.parts.some(isLeft) ? [] : [sighting]
  })
}

async function close(probing: Probing): Promise<void> {
  probing.isClosed = true
  probing.cancelWake()
  probing.cancelTick()
  probing.cancelNews?.()
  for (const duty of probing.duties.values()) for (const flight of duty.flights) abandon(flight, 'stopped')
  await Promise.all(probing.running)
  probing.finishFirstRound()
}
