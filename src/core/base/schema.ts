// Building blocks of the configuration's schemas: what recurs in many of them (durations, weights, addresses), once.
// A `title` is the word that docs/reference.md and editors show for the type; a description added later leaves it standing.
// Defaults of what is written as text are written as text: `.prefault('10s')`, not `.default(10_000)`.

import { z } from 'zod'
import { parseAddress, parseEndpoint, printAddress } from './address.ts'
import { parseDuration, printDuration } from './duration.ts'
import { printFound } from './found.ts'

/** A duration such as "30s" or "1h30m"; its value is in milliseconds. */
export function duration(limits: { atLeastMs?: number; atMostMs?: number } = {}) {
  const { atLeastMs = 0, atMostMs = 10 * 365 * 86_400_000 } = limits
  return z
    .string({ error: ({ input }) => notDuration(input) })
    .transform((text, context) => {
      const ms = parseDuration(text)
      if (ms === undefined) {
        context.addIssue({ code: 'custom', message: notDuration(text) })
        return z.NEVER
      }
      if (ms < atLeastMs || ms > atMostMs) {
        const range = `${printDuration(atLeastMs)} to ${printDuration(atMostMs)}`
        context.addIssue({ code: 'custom', message: `expected a duration from ${range}, found ${printFound(text)}` })
        return z.NEVER
      }
      return ms
    })
    .meta({ title: 'duration', description: 'a duration, such as 30s, 5m or 1h30m' })
}

// A bare number is the likeliest slip, written `10` or "10", and seconds what was most likely meant.
function notDuration(found: unknown): string {
  const seconds =
    typeof found === 'number' ? found : typeof found === 'string' && /^\d+$/.test(found) ? Number(found) : -1
  const way = Number.isFinite(seconds) && seconds >= 0 ? ` (write ${seconds}s)` : ''
  return `expected a duration such as 30s, 5m or 1h30m, found ${printFound(found)}${way}`
}

/** A share relative to its neighbours: a whole number from 0 to 1 000 000. */
export function weight() {
  return z.int().min(0).max(1_000_000).meta({ description: 'a share relative to its neighbours' })
}

/** A share of a whole such as "50%"; its value is per mille. */
export function percent() {
  return z
    .string({ error: ({ input }) => notPercent(input) })
    .transform((text, context) => {
      const share = /^(\d{1,3}(?:\.\d)?)\s?%$/.exec(text)?.[1]
      const perMille = share === undefined ? -1 : Math.round(Number(share) * 10)
      if (perMille >= 0 && perMille <= 1000) return perMille
      context.addIssue({ code: 'custom', message: notPercent(text) })
      return z.NEVER
    })
    .meta({ title: 'percentage', description: 'a share of the whole, such as 50% or 2.5%' })
}

function notPercent(found: unknown): string {
  const way = typeof found === 'number' && found >= 0 && found <= 100 ? ` (write ${found}%)` : ''
  return `expected a percentage from 0% to 100%, found ${printFound(found)}${way}`
}

/** A moment such as "2026-11-21T10:00:00Z"; its value is in milliseconds since the Unix epoch. */
export function moment() {
  const wanted = 'expected a time with its zone such as 2026-11-21T10:00:00Z or 2026-11-21T12:00+02:00'
  return z
    .string({ error: ({ input }) => `${wanted}, found ${printFound(input)}` })
    .transform((text, context) => {
      const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text)
      const ms = isWhole ? Date.parse(text) : Number.NaN
      if (ms >= 0) return ms
      context.addIssue({ code: 'custom', message: `${wanted}, found ${printFound(text)}` })
      return z.NEVER
    })
    .meta({ title: 'time', description: 'a time with its zone, such as 2026-11-21T10:00:00Z' })
}

/** An IP address; its value is the canonical text. */
export function address() {
  return z
    .string({ error: ({ input }) => `expected an IP address, found ${printFound(input)}` })
    .transform((text, context) => {
      const parsed = parseAddress(text)
      if (parsed) return printAddress(parsed.bytes)
      context.addIssue({ code: 'custom', message: `expected an IP address, found ${printFound(text)}` })
      return z.NEVER
    })
    .meta({ title: 'IP address', description: 'an IPv4 or IPv6 address' })
}

/** `address:port`, IPv6 in brackets; its value is the two parts. */
export function endpoint() {
  const wanted = 'expected an address and port such as 127.0.0.1:53 or "[::1]:53"'
  return z
    .string({ error: ({ input }) => `${wanted}, found ${printFound(input)}` })
    .transform((text, context) => {
      const parsed = parseEndpoint(text)
      if (parsed) return parsed
      context.addIssue({ code: 'custom', message: `${wanted}, found ${printFound(text)}` })
      return z.NEVER
    })
    .meta({ title: 'address:port', description: 'an address and a port, such as 127.0.0.1:5300 or [::1]:5300' })
}

/** A name of the operator's for a pool, service, check, region …: letters, digits, `-`, `_`, `.`. */
export function label() {
  return z
    .string({ error: ({ input }) => `expected a name, found ${printFound(input)}` })
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/, 'expected a name of letters, digits, "-", "_" and ".", at most 63')
    .meta({ title: 'name', description: 'a name of letters, digits, "-", "_" and "."' })
}
