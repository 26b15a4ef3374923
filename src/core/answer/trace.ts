// The trace that `explain` passes to the function that answers: it collects in words what that function did. Never on the
// packet path, so it may allocate.

import { printAddress } from '../base/address.ts'
import { describeNetwork, describePlace, type PlaceNames, type Places } from '../geo/places.ts'
import { DOWN, FULL, fadeOf, isDrained, UP, verdictOf } from '../health/board.ts'
import type { SteerNames } from '../steer/compile.ts'
import type { SteerTrace } from '../steer/policy.ts'
import { printName } from '../wire/name.ts'
import { Landed, type Landing } from '../zone/find.ts'
import { NodeField, type Zone } from '../zone/image.ts'
import type { Context } from './context.ts'

/** What the numbers of a snapshot are called: kept by the main thread, for people. */
export interface SnapshotNames {
  readonly zones: readonly string[]
  readonly steering: readonly SteerNames[]
  readonly places: PlaceNames
}

export interface Step {
  readonly topic: string
  readonly depth: number
  readonly text: string
}

export interface Trace extends SteerTrace {
  readonly steps: Step[]
  step(topic: string, text: string): void
  zone(index: number): void
  landed(zone: Zone, landing: Landing): void
  service(zoneIndex: number, service: number): void
  client(ctx: Context, source: string, usesPlace: boolean): void
}

/** `because` tells what is known of the target in a row of the board: who saw it down, and when. */
export function openTrace(
  names: SnapshotNames,
  places: Places,
  board: Int32Array,
  because: (row: number) => string | undefined,
): Trace {
  const steps: Step[] = []
  let steering: SteerNames | undefined
  const trace: Trace = {
    steps,
    depth: 0,
    step: (topic, text) => void steps.push({ topic, depth: 0, text }),
    say: (_node, text) => void steps.push({ topic: 'steer', depth: trace.depth, text }),
    nameOf: (node) => steering?.nodes.get(node) ?? `node ${node}`,
    targetName: (target) => steering?.targets.get(target)?.text ?? `target ${target}`,
    targetState(target) {
      const row = steering?.targets.get(target)?.row ?? -1
      if (row < 0) return 'always up'
      const reason = because(row)
      return describeState(board, row) + (reason ? ` (${reason})` : '')
    },
    networkName: (name) => describeNetwork(names.places, name),
    describePlace: (place) => describePlace(places, names.places, place),
    zone: (index) => trace.step('zone', names.zones[index]!),
    landed: (zone, landing) => trace.step('name', describeLanding(zone, landing)),
    service(zoneIndex, service) {
      steering = names.steering[zoneIndex]
      trace.step('service', steering?.services[service] ?? String(service))
    },
    client(ctx, source, usesPlace) {
      const { client } = ctx
      const address = printAddress(client.bytes.subarray(0, client.family === 4 ? 4 : 16))
      const place = usesPlace ? `, in ${trace.describePlace(client.place)}` : ''
      trace.step('client', `${address} by ${source}${place}`)
      if (ctx.query.hasSubnet) trace.step('scope', `/${ctx.scope}: ${describeScope(ctx.scope)}`)
    },
  }
  return trace
}

function describeScope(scope: number): string {
  return scope === 0 ? 'the same for all clients' : 'every client within that prefix is treated alike'
}

function describeState(board: Int32Array, row: number): string {
  if (isDrained(board, row)) return 'drained'
  const verdict = verdictOf(board, row)
  const state = verdict === UP ? 'up' : verdict === DOWN ? 'down' : 'unknown'
  const fade = fadeOf(board, row)
  return fade === FULL ? state : `${state}, ${fade} ‰ of its weight left`
}

function describeLanding(zone: Zone, landing: Landing): string {
  const name = printName(zone.bytes, zone.words[landing.node + NodeField.name])
  if (landing.kind === Landed.exact) return `${name} exists`
  if (landing.kind === Landed.wildcard) return `does not exist; the wildcard ${name} stands for it`
  if (landing.kind === Landed.cut) return `is delegated at ${name}`
  if (landing.kind === Landed.redirected) return `is redirected by the DNAME of ${name}`
  return `does not exist; the closest name that does is ${name}`
}
