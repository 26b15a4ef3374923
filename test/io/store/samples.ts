// Evidence for the tests of the store, and the pieces that every store is opened with.

import { expect, vi } from 'vitest'
import type { Evidence, Sighting } from '../../../src/core/health/evidence.ts'
import type { Replica } from '../../../src/core/health/override-book.ts'
import type { Store, StoreDeps } from '../../../src/io/store/store.ts'
import type { Log, LogFields } from '../../../src/io/telemetry/log.ts'

export function sighting(parts: Partial<Sighting> = {}): Sighting {
  const base = {
    subject: 'example.com/web-up@192.0.2.10:80',
    streak: 3,
    forMs: 61_000.25,
    hasTurned: true,
    heldMs: 7200.5,
    everyMs: 1000,
    dueMs: -40,
    latencyMs: 3.1,
    timings: { connectMs: 3, tlsMs: undefined, firstByteMs: 12.2, totalMs: 12.5 },
    load: 250,
    certDays: 40,
    reason: '200 in time',
  }
  return { up: true, ...base, ...parts }
}

export function evidence(prober: string, parts: Partial<Evidence> = {}): Evidence {
  return { prober, region: 'eu', epoch: 1_700_000_000_000, sequence: 1, sightings: [sighting()], ...parts }
}

export function book(node: string, parts: Partial<Replica> = {}): Replica {
  return { node, answers: true, run: 1_700_000_000_000, sequence: 1, entries: [], ...parts }
}

export interface Line {
  readonly level: string
  readonly fields: LogFields
  readonly message: string
}

/** A log that keeps its lines. */
export function keepLog(lines: Line[] = []): Log & { readonly lines: Line[] } {
  const at = (level: string) => (fields: LogFields, message: string) => void lines.push({ level, fields, message })
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => keepLog(lines),
  }
}

export function deps(): StoreDeps & { readonly log: ReturnType<typeof keepLog> } {
  return { now: () => performance.now(), random: () => 0.5, log: keepLog() }
}

export async function probersIn(store: Store): Promise<string[]> {
  return (await store.read()).map(({ prober }) => prober).sort()
}

/** Reads until these probers, and no others, are seen. */
export async function seeOnly(store: Store, ...probers: string[]): Promise<void> {
  await vi.waitFor(async () => expect(await probersIn(store)).toEqual(probers), { timeout: 8000, interval: 20 })
}

/** Publishes until it is accepted. */
export async function publishUntilTaken(store: Store, what: Evidence): Promise<void> {
  await vi.waitFor(
    async () => {
      await store.publish(what)
      expect(store.state()).toMatchObject({ reachable: true, writable: true })
    },
    { timeout: 8000, interval: 20 },
  )
}
