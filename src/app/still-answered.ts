// Whether services still answer with what was drained, because they have nothing else: then it cannot be stopped. Seen in two ways:
// all of a service is drained; or its count of answers grows for a pool that is drained, as for clients behind a fence.

export interface StillAnswered {
  /** Once a tick, and when something is drained or no longer. `isDrained`: no target of that pool, as the zone names it, may be in new answers. */
  observe(slots: readonly Slot[], isDrained: (zone: string, pool: string) => boolean, nowMs: number): void
  /** When a service that has this pool last answered with what is drained, since a time; and which of them cannot do otherwise. */
  of(
    isPool: (zone: string, pool: string) => boolean,
    sinceMs: number,
  ): { readonly lastMs: number; readonly services: readonly string[] }
}

/** A pool of a service, and how often it has been answered with since the start. */
export interface Slot {
  readonly zone: string
  readonly service: string
  readonly pool: string
  /** What the service does when nothing of it is usable: `open`, `closed`, or the name of a pool. */
  readonly allDown: string
  readonly count: number
}

interface Seen {
  /** `looks`: how often in a row the pool was seen drained. */
  readonly slots: Map<string, { count: number; looks: number }>
  allDown: string
  lastMs: number
  isAll: boolean
}

/** How long after an answer with what is drained a service is taken to give more of them. */
const RECENT_MS = 10_000

export function openStillAnswered(): StillAnswered {
  const services = new Map<string, Seen>()
  let nowMs = 0

  const observeOne = ({ zone, service, pool, allDown, count }: Slot, isDrained: boolean): void => {
    const key = `${zone} ${service}`
    const seen: Seen = services.get(key) ?? {
      slots: new Map(),
      allDown,
      lastMs: Number.NEGATIVE_INFINITY,
      isAll: false,
    }
    services.set(key, seen)
    seen.allDown = allDown
    const before = seen.slots.get(pool)
    const looks = isDrained ? (before?.looks ?? 0) + 1 : 0
    // Drained all the while. The first look may have come before an answer was counted that was given just before the drain.
    if (looks > 2 && count > before!.count) seen.lastMs = nowMs
    seen.slots.set(pool, { count, looks })
  }

  return {
    observe(slots, isDrained, at) {
      nowMs = at
      const named = new Set(slots.map(({ zone, service, pool }) => `${zone} ${service} ${pool}`))
      for (const slot of slots) observeOne(slot, isDrained(slot.zone, slot.pool))
      for (const [key, seen] of services) {
        for (const pool of seen.slots.keys()) if (!named.has(`${key} ${pool}`)) seen.slots.delete(pool)
        if (seen.slots.size === 0) services.delete(key)
        seen.isAll = [...seen.slots.values()].every(({ looks }) => looks > 0)
      }
    },

    of(isPool, sinceMs) {
      const mine = [...services]
        .filter(([key, { slots }]) => [...slots.keys()].some((pool) => isPool(key.split(' ')[0]!, pool)))
        .map(([key, { isAll, allDown, lastMs }]) => ({
          name: key.split(' ').toReversed().join(' of '),
          // All of it is drained: what is answered then is for `all_down` to say.
          isAnswered: isAll && (allDown === 'open' || (allDown !== 'closed' && isPool(key.split(' ')[0]!, allDown))),
          lastMs: lastMs > sinceMs ? lastMs : Number.NEGATIVE_INFINITY,
        }))
      return {
        lastMs: Math.max(Number.NEGATIVE_INFINITY, ...mine.map(({ lastMs }) => lastMs)),
        services: mine
          .filter(({ isAnswered, lastMs }) => isAnswered || nowMs - lastMs < RECENT_MS)
          .map(({ name }) => name),
      }
    },
  }
}
