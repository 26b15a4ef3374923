// What a reload does to those who ask meanwhile: a steady rate of questions before, during and after reloads of the same large
// zone; the time that the admin API takes; and what is left in memory afterwards.

import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { leaveProcessor } from '../claim.ts'
import type { Server } from '../server.ts'
import { median } from '../statistics.ts'
import { quantile, type Second, startSteady } from '../steady.ts'
import { memoryOf } from './memory.ts'

export interface ReloadCost {
  readonly perSecond: number
  readonly busyPerSecond: number
  readonly sent: number
  readonly lost: number
  /** ms: the 99th percentile of seconds without a reload, and of those with one. */
  readonly quietMs: number
  readonly busyMs: number
  /** ms: the same of the middle one of all 50 ms. */
  readonly quietWindowMs: number
  readonly busyWindowMs: number
  /** From the order to the answer of the admin API that it is done. */
  readonly reloadMs: readonly number[]
  /** The longest answer of the admin API, without and with a reload. */
  readonly adminQuietMs: number
  readonly adminBusyMs: number
  readonly bytesBefore: number
  readonly bytesAfter: number
}

/** Between two reloads, so that there are seconds without. */
const QUIET_MS = 4000

export async function measureReloads(
  server: Server,
  plan: { readonly queryFile: string; readonly rate: number; readonly reloads: number },
): Promise<ReloadCost> {
  const { queryFile, rate, reloads } = plan
  leaveProcessor(server.child.pid!)
  const bytesBefore = memoryOf(server.child.pid!)
  const spans: { from: number; to: number }[] = []
  const admin = { quiet: 0, busy: 0 }
  const seconds: Second[] = []
  const stopFile = `${queryFile}.stop`
  const load = startSteady({ to: server.address, queryFile, rate, seconds: 3600, stopFile }, (second) =>
    seconds.push(second),
  )
  await delay(QUIET_MS)
  for (let i = 0; i < reloads; i++) {
    const { done } = await reloadsOf(server)
    const from = Date.now()
    server.child.kill('SIGHUP')
    while ((await timed(server, admin, 'busy')).done === done) await delay(20)
    spans.push({ from, to: Date.now() })
    const quiet = Date.now() + QUIET_MS
    while (Date.now() < quiet) {
      await delay(20)
      await timed(server, admin, 'quiet')
    }
  }
  writeFileSync(stopFile, '')
  const { sent, lost } = await load
  const isBusy = ({ atMs }: Second): boolean => spans.some(({ from, to }) => atMs > from && atMs - 1000 < to)
  // The first second warms up.
  const of = (busy: boolean): Second[] => seconds.slice(1).filter((each) => isBusy(each) === busy)
  const p99 = (busy: boolean): number =>
    quantile(
      of(busy).map(({ histogram }) => histogram),
      0.99,
    )
  const windowP99 = (busy: boolean): number => median(of(busy).flatMap(({ windowsP99Ms }) => windowsP99Ms))
  const rateOf = (busy: boolean): number =>
    median(
      seconds
        .slice(1, -1)
        .filter((each) => isBusy(each) === busy)
        .map(({ answered }) => answered),
    )
  return {
    perSecond: rateOf(false),
    busyPerSecond: rateOf(true),
    sent,
    lost,
    quietMs: p99(false),
    busyMs: p99(true),
    quietWindowMs: windowP99(false),
    busyWindowMs: windowP99(true),
    reloadMs: spans.map(({ from, to }) => to - from),
    adminQuietMs: admin.quiet,
    adminBusyMs: admin.busy,
    bytesBefore,
    bytesAfter: memoryOf(server.child.pid!),
  }
}

interface Reloads {
  readonly done: number
}

async function reloadsOf({ admin }: Server): Promise<Reloads> {
  return ((await (await fetch(`${admin}/status`)).json()) as { reloads: Reloads }).reloads
}

async function timed(server: Server, admin: { quiet: number; busy: number }, when: 'quiet' | 'busy'): Promise<Reloads> {
  const started = performance.now()
  const reloads = await reloadsOf(server)
  admin[when] = Math.max(admin[when], performance.now() - started)
  return reloads
}
