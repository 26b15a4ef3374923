// Which services answer by `all_down`, for metrics, status and the log. Two things tell: the board, for a client of whom nobody
// knows where it is; and the counters of the threads that answer, which also see clients that a fence leaves alone.

import { isAllDown } from '../core/answer/steered.ts'
import type { Bound } from '../core/answer/snapshot.ts'
import { openAsking } from '../core/steer/index.ts'
import type { SteerNames } from '../core/steer/compile.ts'
import type { Log } from '../io/telemetry/log.ts'

/** An answer that was given by `all_down` speaks for so long. */
const HOLD_MS = 10_000

export interface AllDownService {
  readonly zone: string
  readonly service: string
  /** What `all_down` says. */
  readonly mode: string
  readonly isInForce: boolean
}

export interface AllDownWatch {
  /** Looks again, and logs what has changed. `given`: answers by `all_down` since the start, by zone, service and mode. */
  look(
    bound: Bound,
    zones: readonly string[],
    steering: readonly SteerNames[],
    given: ReadonlyMap<string, number>,
  ): void
  services(): readonly AllDownService[]
}

export function openAllDownWatch(log: Log, now: () => number): AllDownWatch {
  let services: readonly AllDownService[] = []
  const seen = new Map<string, { count: number; grewMs: number }>()
  const grew = (key: string, count: number): boolean => {
    const nowMs = now()
    const before = seen.get(key)
    const grewMs = count > (before?.count ?? 0) ? nowMs : (before?.grewMs ?? Number.NEGATIVE_INFINITY)
    seen.set(key, { count, grewMs })
    return nowMs - grewMs < HOLD_MS
  }
  return {
    look(bound, zones, steering, given) {
      const before = new Set(services.filter(({ isInForce }) => isInForce).map(keyOf))
      services = listServices(bound, zones, steering, (key) => grew(key, given.get(key) ?? 0))
      for (const service of services) {
        const key = keyOf(service)
        if (service.isInForce !== before.has(key)) announce(log, service)
        before.delete(key)
      }
    },
    services: () => services,
  }
}

function keyOf({ zone, service, mode }: Omit<AllDownService, 'isInForce'>): string {
  return `${zone} ${service} ${mode}`
}

function listServices(
  bound: Bound,
  zones: readonly string[],
  steering: readonly SteerNames[],
  hasAnswered: (key: string) => boolean,
): AllDownService[] {
  const asking = openAsking(
    bound.places,
    () => 0,
    () => 0.5,
  )
  return steering.flatMap(({ services, allDown }, zoneIndex) =>
    services.map((service, index) => {
      const named = { zone: zones[zoneIndex]!, service, mode: allDown[index]! }
      const isAnswering = hasAnswered(keyOf(named))
      return { ...named, isInForce: isAllDown(asking, bound, zoneIndex, index) || isAnswering }
    }),
  )
}

function announce(log: Log, { zone, service, mode, isInForce }: AllDownService): void {
  const fields = { zone, service, allDown: mode }
  if (isInForce) log.warn(fields, `nothing of service ${service} in ${zone} is usable: all_down ${mode} is in force`)
  else log.info(fields, `service ${service} in ${zone} answers by its policies again: all_down ${mode} has ended`)
}
