// Waiting for a condition, with a deadline: no test sleeps and hopes.

import { setTimeout as delay } from 'node:timers/promises'

/** Asks every `everyMs` until there is a value other than undefined and false; throws after `withinMs`, saying what was awaited. */
export async function until<T>(
  what: string | (() => string),
  withinMs: number,
  condition: () => T | Promise<T>,
  everyMs = 20,
): Promise<Exclude<T, undefined | false>> {
  const startedMs = performance.now()
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>
    if (performance.now() - startedMs > withinMs)
      throw new Error(`not within ${withinMs} ms: ${typeof what === 'string' ? what : what()}`)
    await delay(everyMs)
  }
}
