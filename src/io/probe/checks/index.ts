// The check types, and the schema of a check: exactly one type with its settings, and the timing.
// A new type is its file and one line here.

import { z } from 'zod'
import type { Endpoint } from '../../../core/base/address.ts'
import { printDuration } from '../../../core/base/duration.ts'
import { duration } from '../../../core/base/schema.ts'
import type { Check, ParsedCheck, Seen } from '../check.ts'
import type { Kit } from '../kit.ts'
import { type Combination, combineConfig } from '../combine.ts'
import { type LoadSource, loadConfig } from '../load.ts'
import { PUSH, type PushSettings, pushConfig, pushIntervalMs } from '../push.ts'
import { dns } from './dns.ts'
import { exec } from './exec.ts'
import { grpc } from './grpc.ts'
import { http } from './http.ts'
import { https } from './https.ts'
import { icmp } from './icmp.ts'
import { metric } from './metric.ts'
import { tcp } from './tcp.ts'
import { tls } from './tls.ts'

/** The type that is no probe of its own. */
export const COMBINE = 'combine'

export const checks: readonly Check[] = [http, https, tcp, tls, dns, grpc, icmp, metric, exec].map(
  (check) => check as Check,
)

/** By name, with those that probe nothing themselves. */
export const checkTypes: readonly string[] = [...checks.map((check) => check.name), PUSH, COMBINE]

const usualTimeoutMs = 4000

const timing = {
  every: duration({ atLeastMs: 1000, atMostMs: 3_600_000 })
    .prefault('10s')
    .meta({ description: 'interval between probes' }),
  timeout: duration({ atLeastMs: 100, atMostMs: 300_000 })
    .optional()
    .meta({ description: 'limit for one probe in all; 4s when left out, or half of "every" where that is too long' }),
  fall: z.int().min(1).max(100).default(3).meta({ description: 'failures that take a target down' }),
  rise: z.int().min(1).max(100).default(2).meta({ description: 'successes in a row that bring it up' }),
  forgive: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .meta({ description: 'successes in a row that wipe out earlier failures' }),
  confirm: duration({ atLeastMs: 100, atMostMs: 3_600_000 })
    .prefault('1s')
    .meta({ description: 'interval of re-probes after a failure' }),
  load: loadConfig.optional(),
}

const types: Record<string, z.ZodOptional<z.ZodType>> = {
  ...Object.fromEntries(checks.map((check) => [check.name, check.config.optional()])),
  [PUSH]: pushConfig.optional(),
  [COMBINE]: combineConfig.optional(),
}

/** A check as configured → plain data. */
export const checkConfig = z
  .strictObject({ ...types, ...timing })
  .meta({
    description: 'a check: exactly one type and its timing',
    oneOf: checkTypes.map((name) => ({ required: [name] })),
  })
  .transform((config, context): ParsedCheck => {
    const { every, confirm, fall, rise, forgive } = config
    const timeout = config.timeout ?? (every > usualTimeoutMs ? usualTimeoutMs : every / 2)
    const given = checkTypes.filter((name) => (config as Record<string, unknown>)[name] !== undefined)
    const type = given[0] ?? ''
    if (given.length !== 1) {
      const found = given.length === 0 ? 'none' : given.join(' and ')
      context.addIssue({ code: 'custom', message: `expected exactly one of ${checkTypes.join(', ')}, found ${found}` })
    }
    const complain = (key: string, limit: string, ms: number): void => {
      const message = `expected ${limit} the interval between probes ("every"), ${printDuration(every)}, found ${printDuration(ms)}`
      context.addIssue({ code: 'custom', path: [key], message })
    }
    // Otherwise a probe could still run when the next is due.
    if (timeout >= every) complain('timeout', 'less than', timeout)
    if (confirm > every) complain('confirm', 'at most', confirm)
    const settings = (config as Record<string, unknown>)[type]
    const { load } = config
    if (load) checkLoad(load, type, context)
    const more = load ? { load } : {}
    if (type === PUSH && settings !== undefined) {
      const everyMs = pushIntervalMs(settings as PushSettings)
      return { type, settings, everyMs, timeoutMs: 0, fall, rise, forgive, confirmMs: 0 }
    }
    return { type, settings, everyMs: every, timeoutMs: timeout, fall, rise, forgive, confirmMs: confirm, ...more }
  })

function checkLoad(load: LoadSource, type: string, context: z.core.$RefinementCtx): void {
  const check = checks.find(({ name }) => name === type)
  const where = load.json === undefined ? 'header' : 'json'
  if (check?.loadIn?.includes(where)) return
  const others = checks.filter(({ loadIn }) => loadIn?.includes(where)).map(({ name }) => name)
  const message = `the answer to ${type} has no ${where} that could hold a load; ${others.join(', ')} have`
  context.addIssue({ code: 'custom', path: ['load', where], message })
}

/** What a check of the type `combine` is made of; undefined for every other. */
export function combinationOf({ type, settings }: ParsedCheck): Combination | undefined {
  return type === COMBINE ? (settings as Combination) : undefined
}

function typeOf(parsed: ParsedCheck): Check {
  const check = checks.find((known) => known.name === parsed.type)
  if (!check) throw new Error(`no check type ${parsed.type}`)
  return check
}

/** Where to probe unless the target says otherwise. */
export function defaultPort(parsed: ParsedCheck): number {
  if (parsed.type === PUSH) return 0
  return typeOf(parsed).defaultPort(parsed.settings)
}

/**
 * The check with its files where `resolve` says that they are: a path counts from the file that it stands in, which a check does
 * not know. `at` is where in the check the path was written, such as ["https", "ca_file"].
 */
export function resolveFiles(
  parsed: ParsedCheck,
  resolve: (path: string, at: readonly string[]) => string,
): ParsedCheck {
  if (parsed.type === COMBINE || parsed.type === PUSH) return parsed
  const settings = { ...(parsed.settings as Record<string, unknown>) }
  for (const name of typeOf(parsed).files ?? []) {
    const path = settings[name]
    if (typeof path === 'string') settings[name] = resolve(path, [parsed.type, name])
  }
  return { ...parsed, settings }
}

/** One probe. Never rejects. */
export function runCheck(parsed: ParsedCheck, target: Endpoint, signal: AbortSignal, kit: Kit): Promise<Seen> {
  return typeOf(parsed).run(parsed.settings, target, signal, kit, parsed.load)
}
