// How often one endpoint may be probed, whatever the checks and their confirmations add up to: a target in trouble must not be
// kicked by those who look after it. Time is an argument.

export interface Budget {
  /** The earliest moment at which another probe would be within the budget; now, if it is. Nothing is taken. */
  freeAtMs(endpoint: string, nowMs: number): number
  take(endpoint: string, nowMs: number): void
  /** Lets go of endpoints that are not among these. */
  keep(endpoints: ReadonlySet<string>): void
}

/** `perSecond` at most in any second, whether evenly or at once. */
export function openBudget(perSecond: number): Budget {
  // When the endpoint would have been asked for everything taken so far, one after the other (a leaky bucket).
  const levels = new Map<string, number>()
  const eachMs = 1000 / perSecond
  const roomMs = 1000 - eachMs
  return {
    freeAtMs: (endpoint, nowMs) => Math.max(nowMs, (levels.get(endpoint) ?? 0) - roomMs),
    take: (endpoint, nowMs) => void levels.set(endpoint, Math.max(nowMs, levels.get(endpoint) ?? 0) + eachMs),
    keep(endpoints) {
      for (const endpoint of levels.keys()) if (!endpoints.has(endpoint)) levels.delete(endpoint)
    },
  }
}
