// The prober: runs the checks of all subjects on schedule and reports what it sees, whole, once a second and at once on news.
// Constant work: a report has the same size whether all is well or nothing is. Clock, dice and timers are arguments, so that
// tests run it in virtual time.

import { printDuration } from '../../core/base/duration.ts'
import type { Evidence, Sighting } from '../../core/health/evidence.ts'
import { isInDoubt, observe, type Standing, streakOf, unprobed } from '../../core/health/standing.ts'
import { freshForMs } from '../../core/health/tally.ts'
import type { ParsedCheck, Seen } from './check.ts'
import { runCheck } from './checks/index.ts'
import { type DueQueue, openDueQueue } from './due-queue.ts'
import { firstDelayMs, nextDelayMs, type Phase, phaseOf } from './schedule.ts'

export interface ProbeSubject {
  /** Unique; the same on every node with the same configuration (core/health/subject.ts). */
  readonly subject: string
  readonly check: ParsedCheck
  readonly address: string
  readonly port: number
}

/** Calls back after `delayMs`, once, unless the function that it returned is called before. */
export type SetTimer = (callback: () => void, delayMs: number) => () => void

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
  /** Probes at once, at most. */
  readonly atOnce?: number
  /** One probe; replaced in tests. */
  readonly run?: (check: ParsedCheck, target: ProbeSubject, signal: AbortSignal) => Promise<Seen>
}

export interface Prober {
  /** Resolves when each of the first subjects has been probed once (or has gone), and when closed. */
  readonly firstRoundDone: Promise<void>
  /** Subjects whose key, check and endpoint are unchanged keep their standing. */
  replaceSubjects(subjects: readonly ProbeSubject[]): void
  /** `lateMs`: by how much the most overdue probe is late, because too many run at once. */
  state(): { readonly subjects: number; readonly running: number; readonly lateMs: number }
  /** Stops and waits until the running probes have ended. */
  close(): Promise<void>
}

const tickMs = 1000
// When a whole region fails, thousands of standings change in one second, and each report holds them all.
const newsGapMs = 50
const usuallyAtOnce = 256

/** One subject and what is known of it. */
interface Duty {
  readonly task: ProbeSubject
  /** Equal for equal tasks. */
  readonly identity: string
  readonly phase: Phase
  standing: Standing
  reason: string
  tookMs: number | undefined
  probes: number
  startedMs: number
  /** When the last result came that says something of the target. */
  seenMs: number
  dueMs: number
  running: AbortController | undefined
  isGone: boolean
}

interface Probing {
  readonly options: ProberOptions
  readonly atOnce: number
  duties: Map<string, Duty>
  readonly queue: DueQueue<Duty>
  running: Set<Promise<void>>
  firstRound: Set<Duty>
  finishFirstRound(): void
  sequence: number
  reportedMs: number
  cancelWake: () => void
  cancelTick: () => void
  cancelNews: (() => void) | undefined
  isClosed: boolean
}

export function openProber(options: ProberOptions): Prober {
  const { promise, resolve } = Promise.withResolvers<void>()
  const probing: Probing = {
    options,
    atOnce: options.atOnce ?? usuallyAtOnce,
    duties: new Map(),
    queue: openDueQueue(),
    running: new Set(),
    firstRound: new Set(),
    finishFirstRound: resolve,
    sequence: 0,
    reportedMs: Number.NEGATIVE_INFINITY,
    cancelWake: () => {},
    cancelTick: () => {},
    cancelNews: undefined,
    isClosed: false,
  }
  replaceSubjects(probing, options.subjects)
  probing.firstRound = new Set(probing.duties.values())
  if (probing.firstRound.size === 0) resolve()
  tick(probing)
  return {
    firstRoundDone: promise,
    replaceSubjects: (subjects) => replaceSubjects(probing, subjects),
    state: () => ({
      subjects: probing.duties.size,
      running: probing.running.size,
      lateMs: Math.max(0, options.now() - (probing.queue.peek()?.dueMs ?? Number.POSITIVE_INFINITY)),
    }),
    close: () => close(probing),
  }
}

function replaceSubjects(probing: Probing, subjects: readonly ProbeSubject[]): void {
  if (probing.isClosed) return
  const before = probing.duties
  probing.duties = new Map()
  for (const task of subjects) {
    if (probing.duties.has(task.subject)) continue
    const identity = JSON.stringify([task.address, task.port, task.check])
    const kept = before.get(task.subject)
    if (kept?.identity === identity) {
      probing.duties.set(task.subject, kept)
      before.delete(task.subject)
    } else probing.duties.set(task.subject, openDuty(probing, task, identity, subjects.length))
  }
  for (const gone of before.values()) {
    gone.isGone = true
    gone.running?.abort(new Error('stopped'))
    leaveFirstRound(probing, gone)
  }
  // Gone duties must not fill the queue until they are due, which may be an hour away.
  probing.queue.clear()
  for (const duty of probing.duties.values()) if (!duty.running) probing.queue.push(duty)
  pump(probing)
}

function openDuty(probing: Probing, task: ProbeSubject, identity: string, subjects: number): Duty {
  const phase = phaseOf(probing.options.name, task.subject)
  return {
    task,
    identity,
    phase,
    standing: unprobed,
    reason: 'not probed yet',
    tookMs: undefined,
    probes: 0,
    startedMs: 0,
    seenMs: 0,
    dueMs: probing.options.now() + firstDelayMs(phase, task.check.everyMs, subjects),
    running: undefined,
    isGone: false,
  }
}

/** Starts what is due, as far as the limit allows, and sets the timer for what is due next. */
function pump(probing: Probing): void {
  probing.cancelWake()
  if (probing.isClosed) return
  const nowMs = probing.options.now()
  while (probing.running.size < probing.atOnce && (probing.queue.peek()?.dueMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
    const probe = runDuty(probing, probing.queue.pop()!).finally(() => {
      probing.running.delete(probe)
      pump(probing)
    })
    probing.running.add(probe)
  }
  const next = probing.queue.peek()
  // At the limit it is the end of a probe that wakes us.
  if (next && probing.running.size < probing.atOnce) {
    probing.cancelWake = probing.options.setTimer(() => pump(probing), Math.max(0, next.dueMs - nowMs))
  }
}

async function runDuty(probing: Probing, duty: Duty): Promise<void> {
  const { options } = probing
  const { check } = duty.task
  const run = options.run ?? runCheck
  const controller = new AbortController()
  duty.running = controller
  duty.startedMs = options.now()
  const cancelLimit = options.setTimer(() => {
    controller.abort(new Error(`timed out after ${printDuration(check.timeoutMs)}`))
  }, check.timeoutMs)
  let seen: Seen
  try {
    seen = await run(check, duty.task, controller.signal)
  } catch (error) {
    // A check that throws has a bug, and that says nothing of the target.
    const detail = `not probed: the check itself failed: ${String(error)}`
    seen = { ok: undefined, tookMs: 0, connectMs: undefined, firstByteMs: undefined, detail }
  }
  cancelLimit()
  duty.running = undefined
  if (duty.isGone || probing.isClosed) return
  settle(probing, duty, seen)
}

function settle(probing: Probing, duty: Duty, seen: Seen): void {
  const nowMs = probing.options.now()
  const before = duty.standing
  const { check } = duty.task
  duty.reason = seen.detail
  if (seen.ok !== undefined) {
    duty.standing = observe(before, seen.ok, nowMs, check)
    duty.tookMs = seen.tookMs
    duty.seenMs = nowMs
  }
  duty.probes++
  const progress = {
    probes: duty.probes,
    phase: duty.phase,
    isInDoubt: seen.ok !== undefined && isInDoubt(duty.standing),
  }
  duty.dueMs = Math.max(nowMs, duty.startedMs + nextDelayMs(check, progress, probing.options.random()))
  probing.queue.push(duty)
  const roundEnded = leaveFirstRound(probing, duty)
  if (roundEnded) report(probing)
  else if (duty.standing.up !== before.up) reportNews(probing)
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
  const waitMs = probing.reportedMs + newsGapMs - probing.options.now()
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
  probing.options.report({ prober: name, region, epoch, sequence: probing.sequence, sightings })
}

function sightingOf(duty: Duty, nowMs: number): Sighting {
  const { standing, reason, task } = duty
  const { everyMs } = task.check
  // Evidence is taken to be as fresh as its publication, so what we could not look at for long must not pass for an opinion.
  const up = nowMs - duty.seenMs <= freshForMs(everyMs) ? standing.up : undefined
  return {
    subject: task.subject,
    up,
    streak: up === undefined ? 0 : streakOf(standing),
    forMs: up === undefined ? 0 : Math.max(0, Math.round(nowMs - standing.sinceMs)),
    everyMs,
    tookMs: duty.tookMs,
    reason,
  }
}

async function close(probing: Probing): Promise<void> {
  probing.isClosed = true
  probing.cancelWake()
  probing.cancelTick()
  probing.cancelNews?.()
  for (const duty of probing.duties.values()) duty.running?.abort(new Error('stopped'))
  await Promise.all(probing.running)
  probing.finishFirstRound()
}
