// A simulation: pools go down and return in virtual time, and the load of every pool follows as answers change and caches expire.
// Answers are those of the function that answers on the wire; what is modelled is who asks when, and when a change is noticed.
//
// Each second, in this order: what happens, happens; what has been noticed is written onto the board; policies with a memory
// are settled; answers that expire are asked for again; the second is added to its interval.

import { settleSnapshot } from '../../core/answer/snapshot.ts'
import { FULL, writeLoad, writeNext, writeSince, writeState, DOWN, UP } from '../../core/health/board.ts'
import { latestDownMs, latestUpMs } from '../../core/health/detection.ts'
import { POOL, PoolField } from '../../core/steer/pool.ts'
import { openAsker } from './ask.ts'
import { openCaches } from './caches.ts'
import type { Chance } from './chance.ts'
import type { Population } from './population.ts'
import type { Scenario, ScenarioEvent } from './scenario.ts'
import { rowsNamed, type Stage } from './stage.ts'

/** 2026-01-01T00:00:00Z: the day does not matter, but the dice need one. */
const MIDNIGHT_SEC = 1_767_225_600

export interface Interval {
  /** Of its begin, from the start. */
  readonly atSec: number
  readonly lengthSec: number
  /** The mean load of each pool, in the order of `pools`. */
  readonly loads: readonly number[]
  /** Sent to targets that are down in truth. */
  readonly dead: number
  /** Without any address. */
  readonly none: number
  readonly demand: number
}

export interface Happening {
  readonly atSec: number
  readonly kind: 'event' | 'noticed' | 'overload'
  readonly text: string
}

/** A stretch of time in which a pool is above its capacity. */
export interface Overload {
  readonly pool: string
  readonly fromSec: number
  readonly toSec: number
  readonly peak: number
  readonly capacity: number
}

export interface Simulation {
  readonly pools: readonly string[]
  /** undefined where nobody has declared it. */
  readonly capacities: readonly (number | undefined)[]
  readonly intervals: readonly Interval[]
  readonly happenings: readonly Happening[]
  readonly overloads: readonly Overload[]
  /** Questions that reached the node, after the caches were filled. */
  readonly asked: number
}

/** What is true of a row, and what is believed. */
interface RowState {
  /** undefined where only draining can take it out. */
  readonly check: Check | undefined
  isDead: boolean
  isDrained: boolean
  believesDown: boolean
  /** When the belief last changed, and how long it stands at least. */
  changedSec: number
  readonly dwellSec: number
  /** When the belief will follow the truth, and from when on that shows; undefined where they agree. */
  change: { readonly atSec: number; readonly contestedSec: number } | undefined
}

interface Running {
  readonly stage: Stage
  readonly scenario: Scenario
  readonly originSec: number
  readonly rows: readonly RowState[]
  readonly pools: readonly string[]
  readonly numbers: ReadonlyMap<string, number>
  readonly capacities: (number | undefined)[]
  /** Share of the demand, by pool and by row. */
  readonly shares: Float64Array
  readonly rowShares: Float64Array
  noneShare: number
  demand: number
  readonly happenings: Happening[]
  /** By pool: since when it is above what it endures. */
  readonly strained: (number | undefined)[]
}

/** What is wrong with the scenario's names, as strings. */
export function checkScenario(stage: Stage, scenario: Scenario): string[] {
  const pools = new Set(poolsOf(stage))
  const wrong: string[] = []
  for (const { verb, subject } of scenario.events) {
    if (verb === 'demand') continue
    if (verb === 'capacity') {
      if (!pools.has(subject)) wrong.push(`expected a pool, found "${subject}"`)
      continue
    }
    const rows = rowsNamed(stage, subject)
    if (typeof rows === 'string') wrong.push(rows)
  }
  for (const pool of Object.keys(scenario.capacity)) {
    if (!pools.has(pool))
      wrong.push(`expected a pool for a capacity, found "${pool}" (there is ${[...pools].join(', ')})`)
  }
  return [...new Set(wrong)]
}

/** The stage's board is written to; one that `checkScenario` found nothing wrong with. */
export function simulate(
  stage: Stage,
  scenario: Scenario,
  population: Population,
  chance: Chance,
  progress: (done: number, of: number) => void = () => undefined,
): Simulation {
  const running = start(stage, scenario)
  const caches = openCaches({
    asker: openAsker(stage),
    population,
    next: chance.next,
    flow(pool, row, weight) {
      if (pool === undefined) running.noneShare += weight
      else running.shares[running.numbers.get(pool)!]! += weight
      if (row >= 0) running.rowShares[row]! += weight
    },
  })
  const events = [...scenario.events]
  settleSnapshot(stage.bound, running.originSec)
  caches.fill(running.originSec)
  const filled = caches.asked()
  const intervals: Interval[] = []
  const over = openOverloads(running)
  for (let atSec = 0; atSec < scenario.lengthSec; ) {
    const lengthSec = Math.min(scenario.stepSec, scenario.lengthSec - atSec)
    const interval = openInterval(running, atSec, lengthSec)
    for (const end = atSec + lengthSec; atSec < end; atSec++) {
      while (events[0] && events[0].atSec <= atSec) happen(running, events.shift()!)
      believe(running, atSec)
      reportLoad(running, atSec)
      settleSnapshot(stage.bound, running.originSec + atSec)
      caches.refresh(running.originSec + atSec)
      interval.add()
      over.look(atSec)
      strain(running, atSec)
    }
    intervals.push(interval.close())
    progress(atSec, scenario.lengthSec)
  }
  const { pools, capacities, happenings } = running
  return { pools, capacities, intervals, happenings, overloads: over.close(), asked: caches.asked() - filled }
}

function poolsOf({ loaded }: Stage): string[] {
  const targets = loaded.names.steering.flatMap((names) => [...names.targets.values()])
  return [...new Set(targets.map(({ pool }) => pool))]
}

/** What the configuration says that pools can carry. */
function capacitiesOf({ bound, loaded }: Stage): Map<string, number> {
  const capacities = new Map<string, number>()
  for (const [zone, { nodes }] of loaded.names.steering.entries()) {
    const { words } = bound.tables[zone]!
    for (const [node, text] of nodes) {
      const capacity = words[node] === POOL ? words[node + PoolField.capacity]! : 0
      if (capacity > 0) capacities.set(text.replace(/^pool /, ''), capacity)
    }
  }
  return capacities
}

function start(stage: Stage, scenario: Scenario): Running {
  const pools = poolsOf(stage)
  const { rows, subjects } = stage.loaded
  const declared = capacitiesOf(stage)
  const checks = new Map(subjects.map(({ subject, check }) => [subject, check]))
  return {
    stage,
    scenario,
    originSec: MIDNIGHT_SEC + scenario.startSec,
    rows: rows.map(({ subject, isDrained, minDwellMs = 0 }) => ({
      check: subject === undefined ? undefined : checks.get(subject),
      isDead: false,
      isDrained,
      believesDown: false,
      changedSec: Number.NEGATIVE_INFINITY,
      dwellSec: Math.ceil(minDwellMs / 1000),
      change: undefined,
    })),
    pools,
    numbers: new Map(pools.map((pool, i) => [pool, i])),
    capacities: pools.map((pool) => scenario.capacity[pool] ?? declared.get(pool)),
    shares: new Float64Array(pools.length),
    rowShares: new Float64Array(rows.length),
    noneShare: 0,
    demand: scenario.demand,
    happenings: [],
    strained: pools.map(() => undefined),
  }
}

function happen(running: Running, { atSec, verb, subject, value }: ScenarioEvent): void {
  const { stage, happenings } = running
  const text = verb === 'demand' ? `demand ${value}` : `${subject} ${verb}${verb === 'capacity' ? ` ${value}` : ''}`
  happenings.push({ atSec, kind: 'event', text })
  if (verb === 'demand') running.demand = value
  else if (verb === 'capacity') running.capacities[running.numbers.get(subject)!] = value
  else {
    const rows = rowsNamed(stage, subject)
    if (typeof rows === 'string') throw new Error(rows)
    if (verb === 'down' || verb === 'up') for (const row of rows) turn(running, row, verb === 'down', atSec)
    else for (const row of rows) drain(running, row, verb === 'drain')
  }
}

/** A row goes down or comes back in truth; the belief follows when its check has noticed, unless it turns again before. */
function turn(running: Running, row: number, isDead: boolean, atSec: number): void {
  const state = running.rows[row]!
  state.isDead = isDead
  if (state.believesDown === isDead) {
    state.change = undefined
    writeNext(running.stage.bound.board, row, 0)
    return
  }
  const { check } = state
  // Without a check there is nobody to notice.
  if (!check) return
  const tookMs = isDead ? latestDownMs(check) : latestUpMs(check)
  state.change = {
    // What has just changed stays so for the pool's `min_dwell`.
    atSec: Math.max(atSec + Math.round(tookMs / 1000), state.changedSec + state.dwellSec),
    contestedSec: atSec + Math.ceil((check.everyMs * 1.1) / 1000),
  }
}

type Check = Stage['loaded']['subjects'][number]['check']

/** Taken effect at once: nobody has to notice it. */
function drain(running: Running, row: number, isDrained: boolean): void {
  running.rows[row]!.isDrained = isDrained
  writeRow(running, row)
}

function writeRow({ stage, rows }: Running, row: number): void {
  const { believesDown, isDrained } = rows[row]!
  writeState(stage.bound.board, row, believesDown ? DOWN : UP, isDrained)
}

function believe(running: Running, atSec: number): void {
  const { rows, stage, happenings, originSec } = running
  const noticed = new Set<string>()
  for (const [row, state] of rows.entries()) {
    const { change } = state
    if (!change) continue
    if (atSec >= change.atSec) {
      state.believesDown = state.isDead
      state.changedSec = atSec
      state.change = undefined
      writeNext(stage.bound.board, row, 0)
      writeSince(stage.bound.board, row, originSec + atSec)
      writeRow(running, row)
      noticed.add(`${stage.loaded.rows[row]!.pool} is seen ${state.isDead ? 'down' : 'up'}`)
    } else if (atSec >= change.contestedSec) writeNext(stage.bound.board, row, originSec + change.atSec)
  }
  for (const text of noticed) happenings.push({ atSec, kind: 'noticed', text })
}

/** What checks would bring back of the load: at most once per `every`, and only where a capacity says what it is a part of. */
function reportLoad(running: Running, atSec: number): void {
  const { stage, numbers, capacities, shares, demand } = running
  for (const [row, { pool }] of stage.loaded.rows.entries()) {
    const everyMs = running.rows[row]!.check?.everyMs
    if (everyMs === undefined || atSec % Math.max(1, Math.round(everyMs / 1000)) !== 0) continue
    const number = numbers.get(pool)
    const capacity = number === undefined ? undefined : capacities[number]
    if (capacity !== undefined) writeLoad(stage.bound.board, row, (FULL * demand * shares[number!]!) / capacity)
  }
}

function openInterval(running: Running, atSec: number, lengthSec: number): { add(): void; close(): Interval } {
  const loads = running.pools.map(() => 0)
  let [dead, none, demand] = [0, 0, 0]
  return {
    add() {
      for (const [i, share] of running.shares.entries()) loads[i]! += running.demand * share
      for (const [row, { isDead }] of running.rows.entries())
        if (isDead) dead += running.demand * running.rowShares[row]!
      none += running.demand * running.noneShare
      demand += running.demand
    },
    close() {
      // What is left of sums that were taken back is no load.
      const mean = (sum: number): number => (Math.abs(sum) < 1e-6 * demand ? 0 : sum / lengthSec)
      return { atSec, lengthSec, loads: loads.map(mean), dead: mean(dead), none: mean(none), demand: mean(demand) }
    },
  }
}

function openOverloads(running: Running): { look(atSec: number): void; close(): Overload[] } {
  const open = new Map<number, { pool: string; fromSec: number; toSec: number; peak: number; capacity: number }>()
  const all: Overload[] = []
  return {
    look(atSec) {
      for (const [i, pool] of running.pools.entries()) {
        const capacity = running.capacities[i]
        const load = running.demand * running.shares[i]!
        const overload = open.get(i)
        if (capacity === undefined || load <= capacity * (1 + 1e-9)) open.delete(i)
        else if (overload) {
          overload.toSec = atSec + 1
          overload.peak = Math.max(overload.peak, load)
        } else {
          const begun = { pool, fromSec: atSec, toSec: atSec + 1, peak: load, capacity }
          open.set(i, begun)
          all.push(begun)
        }
      }
    },
    close: () => all,
  }
}

/** A pool that has been above what it endures for long enough goes down by itself: the cascade that a failover may set off. */
function strain(running: Running, atSec: number): void {
  const { scenario, pools, capacities, shares, strained, stage, happenings } = running
  const { overload } = scenario
  if (!overload) return
  for (const [i, pool] of pools.entries()) {
    const capacity = capacities[i]
    const isAbove = capacity !== undefined && running.demand * shares[i]! > capacity * overload.above
    if (!isAbove) strained[i] = undefined
    else {
      strained[i] ??= atSec
      if (atSec - strained[i] + 1 < overload.afterSec) continue
      const rows = rowsNamed(stage, pool)
      if (typeof rows === 'string' || rows.every((row) => running.rows[row]!.isDead)) continue
      for (const row of rows) turn(running, row, true, atSec)
      happenings.push({ atSec, kind: 'overload', text: `${pool} fails under its load` })
    }
  }
}
