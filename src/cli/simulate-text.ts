// What `meridian simulate` prints: a line for each interval, what happened in it, and what became of the pools; or JSON.

import { printDuration } from '../core/base/duration.ts'
import { printClock, printLoad } from '../app/rehearsal/clock.ts'
import type { Population } from '../app/rehearsal/population.ts'
import type { Scenario } from '../app/rehearsal/scenario.ts'
import type { Interval, Simulation } from '../app/rehearsal/simulate.ts'
import { count, printPercent } from './share-text.ts'
import { printTable } from './table.ts'

export function printSimulation(simulation: Simulation, scenario: Scenario, population: Population): string {
  const { pools, intervals, happenings } = simulation
  const hasDead = intervals.some(({ dead }) => dead > 0)
  const hasNone = intervals.some(({ none }) => none > 0)
  const head = [
    'time',
    ...pools,
    ...(hasDead ? ['to the dead'] : []),
    ...(hasNone ? ['no address'] : []),
    'what happens',
  ]
  const clock = (sec: number): string => printClock(scenario.startSec + sec, scenario.stepSec)
  const rows = intervals.map((interval) => {
    const { atSec, lengthSec, loads, dead, none, demand } = interval
    const here = happenings.filter((each) => each.atSec >= atSec && each.atSec < atSec + lengthSec)
    return [
      clock(atSec),
      ...loads.map((load, i) => printCell(load, demand, isOver(simulation, i, interval))),
      ...(hasDead ? [dead === 0 ? '' : printPercent(dead / demand)] : []),
      ...(hasNone ? [none === 0 ? '' : printPercent(none / demand)] : []),
      here.map(({ atSec: sec, text }) => `${printClock(scenario.startSec + sec)} ${text}`).join(', '),
    ]
  })
  const limits = simulation.capacities.some((capacity) => capacity !== undefined)
    ? [['capacity', ...simulation.capacities.map((limit) => (limit === undefined ? '-' : printLoad(limit)))]]
    : []
  return [printTable([head, ...limits, ...rows]), '', ...summaryLines(simulation, scenario, population)].join('\n')
}

/** Share and load; the mark is for a pool above its capacity. */
function printCell(load: number, demand: number, isAbove: boolean): string {
  return `${printPercent(demand === 0 ? 0 : load / demand).padStart(7)} ${printLoad(load, demand).padStart(5)}${isAbove ? ' !' : ''}`
}

function isOver({ pools, overloads }: Simulation, pool: number, { atSec, lengthSec }: Interval): boolean {
  return overloads.some((each) => each.pool === pools[pool] && each.fromSec < atSec + lengthSec && each.toSec > atSec)
}

function summaryLines(simulation: Simulation, scenario: Scenario, population: Population): string[] {
  const { intervals, overloads, asked } = simulation
  const clock = (sec: number): string => printClock(scenario.startSec + sec)
  const lines: string[] = []
  const lost = intervals.reduce((sum, { dead, lengthSec }) => sum + dead * lengthSec, 0)
  const wanted = intervals.reduce((sum, { demand, lengthSec }) => sum + demand * lengthSec, 0)
  if (lost > 0) {
    const hurt = intervals.filter(({ dead }) => dead > 0)
    const peak = hurt.reduce((most, { dead, demand }) => Math.max(most, dead / demand), 0)
    const last = hurt.at(-1)!
    lines.push(
      `sent to the dead: ${printPercent(lost / wanted)} of all traffic, at worst ${printPercent(peak)}, from ${clock(hurt[0]!.atSec)} to ${clock(last.atSec + last.lengthSec)}`,
    )
  }
  for (const { pool, fromSec, toSec, peak, capacity } of joined(overloads)) {
    const how = `${printLoad(peak)} of ${printLoad(capacity)}, ${printPercent(peak / capacity)}`
    lines.push(`over capacity: ${pool} from ${clock(fromSec)} to ${clock(toSec)}, at worst ${how}`)
  }
  if (simulation.capacities.some((capacity) => capacity !== undefined) && overloads.length === 0)
    lines.push('no pool is ever over its capacity')
  const { resolvers, clients, source } = population
  lines.push(
    `${count(clients, 'client')} behind ${count(resolvers.length, 'resolver')} (${source}); ${count(asked, 'question')} reached the node in ${printDuration(scenario.lengthSec * 1000)}`,
  )
  return lines
}

/** Stretches of one pool that only a moment parts are told as one. */
function joined(overloads: Simulation['overloads']): Simulation['overloads'] {
  const all: { pool: string; fromSec: number; toSec: number; peak: number; capacity: number }[] = []
  for (const each of overloads) {
    const last = all.findLast(({ pool, capacity }) => pool === each.pool && capacity === each.capacity)
    if (last && each.fromSec - last.toSec <= 60) {
      last.toSec = each.toSec
      last.peak = Math.max(last.peak, each.peak)
    } else all.push({ ...each })
  }
  return all
}

export function printSimulationJson(
  simulation: Simulation,
  scenario: Scenario,
  population: Population,
  seed: number,
): string {
  const { pools, capacities, intervals, happenings, overloads, asked } = simulation
  const document = {
    seed,
    source: population.source,
    clients: population.clients,
    resolvers: population.resolvers.length,
    asked,
    startSec: scenario.startSec,
    pools: pools.map((pool, i) => ({ pool, capacity: capacities[i] ?? null })),
    intervals: intervals.map(({ loads, ...rest }) => ({
      ...rest,
      loads: Object.fromEntries(pools.map((pool, i) => [pool, loads[i]])),
    })),
    happenings,
    overloads,
  }
  return JSON.stringify(document, undefined, 2)
}
