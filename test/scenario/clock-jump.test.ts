// The time of day jumps by an hour under a running node: what was promised for some minutes lasts these minutes, and no answer
// changes by the jump. The evidence goes on as if nothing had happened, because nothing has.

import { expect, test } from 'vitest'
import { openKeeper } from '../../src/app/keeper.ts'
import { settleSnapshot } from '../../src/core/answer/snapshot.ts'
import type { Evidence } from '../../src/core/health/evidence.ts'
import { openStore } from '../../src/io/store/index.ts'
import { evidence, rule, sighting } from '../core/health/sightings.ts'
import { keepLog } from '../io/store/samples.ts'
import { askBoth } from '../support/oracle.ts'
import { makeWorld } from '../support/snapshot.ts'

const pools = { eu: '10.0.0.1', us: '10.0.0.2' } as const
const FAILBACK_SEC = 300
const DWELL_SEC = 120
const START_MS = 1_800_000_000_000
const HOUR_MS = 3_600_000
/** Seconds of the node's own clock. */
const DIES_SEC = 20
const RETURNS_SEC = 40
const JUMPS_SEC = 100

interface Seen {
  readonly sec: number
  /** Which pool each service answers with. */
  readonly held: string
  readonly least: string
  readonly ttlSec: number
}

/** What a prober tells at a second: eu goes down and comes back, then becomes the busier one, then the less busy one at once. */
function told(sec: number): Evidence {
  const isDown = sec >= DIES_SEC && sec < RETURNS_SEC
  const since = sec < DIES_SEC ? 0 : isDown ? DIES_SEC : RETURNS_SEC
  const loads = sec < 90 ? [100, 500] : sec < 95 ? [900, 100] : [100, 900]
  const dueMs = 10_000 - (sec % 10) * 1000
  const eu = { forMs: (sec - since) * 1000, hasTurned: since > 0, load: loads[0], dueMs }
  const us = { forMs: sec * 1000, load: loads[1], dueMs }
  return evidence('eu-1', sec + 1, [
    sighting(!isDown, { ...eu, subject: pools.eu }),
    sighting(true, { ...us, subject: pools.us }),
  ])
}

async function live(jumpMs: number): Promise<{ seen: Seen[]; warnings: string[] }> {
  const world = makeWorld({
    pools: { eu: { targets: [pools.eu] }, us: { targets: [pools.us] } },
    services: {
      held: { ttl: 30, steer: { failover: { tiers: ['eu', 'us'], failback: `${FAILBACK_SEC}s` } } },
      least: { ttl: 30, steer: { least: { of: ['eu', 'us'], margin: '10%', dwell: `${DWELL_SEC}s` } } },
    },
    owners: { held: 'held', least: 'least' },
  })
  const clock = { sec: 0, aheadMs: START_MS }
  const log = keepLog()
  const now = (): number => clock.sec * 1000
  const keeper = openKeeper({
    rule: rule(['eu'], 600_000),
    unknown: 'up',
    store: openStore('memory', { now, random: () => 0.5, log }),
    log,
    now,
    wallNow: () => now() + clock.aheadMs,
  })
  const rows = Object.entries(pools).map(([pool, target]) => ({
    scope: 'example.com',
    pool,
    target,
    region: undefined,
    subject: target,
    pace: { rise: 2, fall: 3, confirmMs: 1000 },
    isDrained: false,
  }))
  keeper.useBoard(world.bound.board, rows, (nowSec, jumpSec) => settleSnapshot(world.bound, nowSec, jumpSec))
  const seen: Seen[] = []
  for (; clock.sec < 600; clock.sec++) {
    if (clock.sec === JUMPS_SEC) clock.aheadMs += jumpMs
    keeper.observeOwn(told(clock.sec))
    await keeper.tick()
    const nowSec = Math.floor((now() + clock.aheadMs) / 1000)
    const [held, least] = ['held', 'least'].map(
      (name) => askBoth(world, { name: `${name}.example.com` }, { nowSec }).answer[0]!,
    )
    const poolIn = (answer: string): string => (answer.endsWith(` ${pools.eu}`) ? 'eu' : 'us')
    seen.push({ sec: clock.sec, held: poolIn(held!), least: poolIn(least!), ttlSec: Number(held!.split(' ')[1]) })
  }
  return { seen, warnings: log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message) }
}

const secondsOf = (seen: readonly Seen[], isSo: (look: Seen) => boolean): [number, number] => {
  const those = seen.filter(isSo)
  return [those[0]!.sec, those.at(-1)!.sec]
}

test.each([
  ['ahead', HOUR_MS],
  ['back', -HOUR_MS],
  ['ahead by no whole second', HOUR_MS + 400],
])('by an hour %s: no answer changes, and delays end when they would have ended', async (_, jumpMs) => {
  const [calm, jumped] = [await live(0), await live(jumpMs)]
  // Held back while eu is down, and for its delay after that.
  const [from, to] = secondsOf(calm.seen, ({ held }) => held === 'us')
  expect(from).toBe(DIES_SEC)
  expect(Math.abs(to + 1 - RETURNS_SEC - FAILBACK_SEC)).toBeLessThanOrEqual(1)
  // Its order has changed at 90, and rests.
  const [restsFrom, restsTo] = secondsOf(calm.seen, ({ least, sec }) => least === 'us' && sec >= 90)
  expect([restsFrom, restsTo + 1 - restsFrom]).toEqual([90, DWELL_SEC])
  const near = (look: Seen): boolean =>
    [from, to, to + 1, restsFrom, restsTo, restsTo + 1].every((sec) => Math.abs(look.sec - sec) > 1)
  expect(jumped.seen.filter(near)).toEqual(calm.seen.filter(near))
  expect(jumped.warnings.filter((message) => message.includes('jumped'))).toEqual([
    `the time of day has jumped by ${Math.round(jumpMs / 1000)} s`,
  ])
  expect(calm.warnings.filter((message) => message.includes('jumped'))).toEqual([])
})
