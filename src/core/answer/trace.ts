// The trace that `explain` passes to the function that answers: it collects in words what that function did. Never on the
// packet path, so it may allocate.

import { maskBytes, printAddress, printPrefix } from '../base/address.ts'
import { describeNetwork, describePlace, describeSource, type PlaceNames, type Places } from '../geo/places.ts'
import {
  type BoardState,
  DOWN,
  FULL,
  fadeOf,
  isDrained,
  nextChangeOf,
  UNKNOWN,
  UP,
  verdictIn,
  verdictOf,
} from '../health/board.ts'
import type { SteerNames } from '../steer/compile.ts'
import type { SteerTrace } from '../steer/policy.ts'
import { printName } from '../wire/name.ts'
import type { NameScan } from '../wire/query.ts'
import { Landed, type Landing } from '../zone/find.ts'
import { NodeField, type Zone } from '../zone/image.ts'
import type { Context } from './context.ts'
import { describeResolved } from './told-alias.ts'
import { describeNode, openToldTree, type ToldNode } from './told-tree.ts'

/** What the numbers of a snapshot are called: kept by the main thread, for people. */
export interface SnapshotNames {
  readonly zones: readonly string[]
  readonly steering: readonly SteerNames[]
  readonly places: PlaceNames
  /** The vantage regions, in their order. */
  readonly vantages: readonly string[]
  /** Who is asked for what ALIAS records lead to. */
  readonly resolvers: readonly string[]
}

export interface Step {
  readonly topic: string
  readonly depth: number
  readonly text: string
}

export interface Trace extends SteerTrace {
  readonly steps: Step[]
  readonly tree: readonly ToldNode[]
  step(topic: string, text: string): void
  zone(index: number): void
  landed(zone: Zone, landing: Landing): void
  service(zoneIndex: number, service: number): void
  /** What it is that could change the answer at that moment, in words. */
  changer(epochSec: number): string
  client(ctx: Context, source: string, usesPlace: boolean): void
  /** A name that an ALIAS leads to. */
  aliasTarget(name: NameScan): void
  /** What is known of it, in `ctx.resolved`. */
  resolved(ctx: Context): void
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
  let service = ''
  // A node's line stands before what its policy says, and is known after.
  const lines = new Map<number, number>()
  const nameOf = (node: number): string => steering?.nodes.get(node) ?? `node ${node}`
  const told = openToldTree(
    nameOf,
    () => trace.depth,
    (node, index) => {
      const line = lines.get(index)
      if (line !== undefined) steps[line] = { topic: 'steer', depth: node.depth, text: describeNode(node) }
    },
  )
  const trace: Trace = {
    steps,
    tree: told.nodes,
    depth: 0,
    step: (topic, text) => void steps.push({ topic, depth: 0, text }),
    say: (_node, text) => void steps.push({ topic: 'steer', depth: trace.depth, text }),
    nameOf,
    targetName: (target) => steering?.targets.get(target)?.text ?? `target ${target}`,
    vantageName: (vantage) => names.vantages[vantage] ?? String(vantage),
    targetState(target, regional) {
      const row = steering?.targets.get(target)?.row ?? -1
      if (row < 0) return 'always up'
      const reason = because(row)
      const own = regional < 0 || isDrained(board, row) ? UNKNOWN : verdictIn(board, row, regional)
      const state = describeState(board, row, own, () => trace.vantageName(regional))
      return state + (reason ? ` (${reason})` : '')
    },
    networkName: (name) => describeNetwork(names.places, name),
    describePlace: (place) => describePlace(places, names.places, place),
    enter(node, candidates) {
      told.enter(node, candidates)
      // Of a pool its own words say enough.
      if (!nameOf(node).startsWith('pool '))
        lines.set(told.nodes.length - 1, steps.push({ topic: 'steer', depth: trace.depth, text: '' }) - 1)
    },
    out: told.out,
    leave: told.leave,
    zone: (index) => trace.step('zone', names.zones[index]!),
    landed: (zone, landing) => trace.step('name', describeLanding(zone, landing)),
    service(zoneIndex, index) {
      steering = names.steering[zoneIndex]
      service = steering?.services[index] ?? String(index)
      trace.step('service', service)
    },
    changer: (epochSec) => describeChanger(steering, service, board, epochSec),
    client(ctx, source, usesPlace) {
      const { client } = ctx
      const address = printAddress(client.bytes.subarray(0, client.family === 4 ? 4 : 16))
      const place = usesPlace ? `, in ${trace.describePlace(client.place)}` : ''
      trace.step('client', `${address} by ${source}${place}`)
      if (usesPlace) trace.step('record', describeRecord(ctx, names.places))
      if (ctx.query.hasSubnet) trace.step('scope', `/${ctx.scope}: ${describeScope(ctx.scope)}`)
    },
    aliasTarget: (name) => trace.step('alias', `has the addresses of ${printName(name.lower)}`),
    resolved: (ctx) => trace.step('alias', describeResolved(ctx, names.resolvers)),
  }
  return trace
}

/** Which source says where the client is, and of which addresses it says so. */
function describeRecord({ client, found, bound }: Context, names: PlaceNames): string {
  const size = client.family === 4 ? 4 : 16
  const range = printPrefix({
    family: client.family,
    bytes: maskBytes(client.bytes.subarray(0, size), found.length),
    length: found.length,
  })
  return `${range} by ${describeSource(bound.places, names, client.place)}`
}

function describeChanger(
  steering: SteerNames | undefined,
  service: string,
  board: Int32Array,
  epochSec: number,
): string {
  const pools = new Set(steering?.slots.flatMap((slot) => (slot.service === service ? [slot.pool] : [])))
  const targets = [...(steering?.targets.values() ?? [])].filter(
    ({ row, pool }) => pools.has(pool) && nextChangeOf(board, row) === epochSec,
  )
  const [first, ...others] = new Set(targets.map(({ text, pool }) => `${text} of pool ${pool}`))
  if (first === undefined) return 'a ramp or a return'
  return `a check of ${first}${others.length === 0 ? '' : ` (or of ${others.length} more)`}, or an order on it,`
}

function describeScope(scope: number): string {
  return scope === 0 ? 'the same for all clients' : 'every client within that prefix is treated alike'
}

/** `own`: what the vantage region says that is asked first, unless it says nothing. */
function describeState(board: Int32Array, row: number, own: BoardState, region: () => string): string {
  if (isDrained(board, row)) return 'drained'
  const verdict = stateName(verdictOf(board, row))
  const state =
    own === UNKNOWN ? verdict : `${stateName(own)} to region ${region()}, whose word counts; to all: ${verdict}`
  const fade = fadeOf(board, row)
  return fade === FULL ? state : `${state}, ${fade} ‰ of its weight left`
}

function stateName(state: BoardState): string {
  return state === UP ? 'up' : state === DOWN ? 'down' : 'unknown'
}

function describeLanding(zone: Zone, landing: Landing): string {
  const name = printName(zone.bytes, zone.words[landing.node + NodeField.name])
  if (landing.kind === Landed.exact) return `${name} exists`
  if (landing.kind === Landed.wildcard) return `does not exist; the wildcard ${name} stands for it`
  if (landing.kind === Landed.cut) return `is delegated at ${name}`
  if (landing.kind === Landed.redirected) return `is redirected by the DNAME of ${name}`
  return `does not exist; the closest name that does is ${name}`
}
