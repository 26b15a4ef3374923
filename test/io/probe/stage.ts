// A prober on a stage: virtual time, pretended targets, and a record of what it did.

import type { Evidence, Sighting } from '../../../src/core/health/evidence.ts'
import type { ParsedCheck, Seen } from '../../../src/io/probe/check.ts'
import { openProber, type Prober, type ProberOptions, type ProbeSubject } from '../../../src/io/probe/prober.ts'
import { openVirtualTime, seededRandom, type VirtualTime } from './virtual-time.ts'

export const check: ParsedCheck = {
  type: 'tcp',
  settings: { port: 80 },
  everyMs: 10_000,
  timeoutMs: 4000,
  fall: 3,
  rise: 2,
  forgive: 10,
  confirmMs: 1000,
}

export function subject(name: string, more: Partial<ProbeSubject> = {}): ProbeSubject {
  return { subject: name, check, address: '127.0.0.1', port: 80, ...more }
}

/** How a pretended target behaves: it answers after some time, or (undefined) never. */
export type Answer = { ok: boolean | undefined; afterMs: number; seen?: Partial<Seen> } | undefined
export type Target = (name: string, nowMs: number, count: number) => Answer

export const healthy: Target = () => ({ ok: true, afterMs: 5 })
export const refusing: Target = () => ({ ok: false, afterMs: 1 })

export interface Stage {
  readonly time: VirtualTime
  readonly prober: Prober
  readonly reports: (Evidence & { readonly atMs: number })[]
  /** Start times of probes, by subject. */
  readonly starts: Map<string, number[]>
  /** At any one time: probes in all, and of the same subject. */
  readonly most: { running: number; ofOne: number }
  sighting(name: string): Sighting | undefined
}

export function openStage(
  names: readonly (string | ProbeSubject)[],
  target: Target,
  more: Partial<ProberOptions> = {},
): Stage {
  const time = openVirtualTime()
  const reports: Stage['reports'] = []
  const starts = new Map<string, number[]>()
  const most = { running: 0, ofOne: 0 }
  const running: string[] = []
  const run = (_: ParsedCheck, { subject: name }: ProbeSubject, signal: AbortSignal): Promise<Seen> => {
    running.push(name)
    most.running = Math.max(most.running, running.length)
    most.ofOne = Math.max(most.ofOne, running.filter((each) => each === name).length)
    const startedMs = time.now()
    const mine = starts.get(name) ?? []
    starts.set(name, [...mine, startedMs])
    const answer = target(name, startedMs, mine.length)
    return new Promise((resolve) => {
      let isOver = false
      const end = (ok: boolean | undefined, detail: string, more: Partial<Seen> = {}): void => {
        isOver = true
        running.splice(running.indexOf(name), 1)
        resolve({ ok, tookMs: time.now() - startedMs, connectMs: undefined, firstByteMs: undefined, detail, ...more })
      }
      const cancel =
        answer && time.setTimer(() => end(answer.ok, answer.ok ? 'fine' : 'refused', answer.seen), answer.afterMs)
      signal.addEventListener('abort', () => {
        // As with a real check, an abort after the end changes nothing.
        if (isOver) return
        cancel?.()
        end(false, (signal.reason as Error).message)
      })
    })
  }
  const prober = openProber({
    name: 'ns1',
    region: 'eu',
    epoch: 7,
    subjects: names.map((name) => (typeof name === 'string' ? subject(name) : name)),
    now: time.now,
    random: seededRandom(1),
    setTimer: time.setTimer,
    // All of them stand at one endpoint.
    limits: { perTarget: 1000 },
    report: (evidence) => reports.push({ ...evidence, atMs: time.now() }),
    run,
    ...more,
  })
  const sighting = (name: string) => reports.at(-1)?.sightings.find((each) => each.subject === name)
  return { time, prober, reports, starts, most, sighting }
}

/** Between each time and the next. */
export function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((atMs, i) => atMs - times[i]!)
}
