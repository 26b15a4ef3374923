// What a check is: a way to find out whether one endpoint works. A check reports and never judges: how often to ask and how many
// failures matter is decided outside, by its timing and by core/health/standing.ts.

import type { z } from 'zod'
import type { Endpoint } from '../../core/base/address.ts'
import type { Kit } from './kit.ts'
import type { LoadSource } from './load.ts'

/** One result. */
export interface Seen {
  /** undefined: it could not be found out for a reason on this side, such as no free file descriptor; says nothing of the target. */
  readonly ok: boolean | undefined
  /** From the start to the verdict. */
  readonly tookMs: number
  /** Until the TCP connection stood; undefined when it never did. */
  readonly connectMs: number | undefined
  /** Until the TLS handshake was done. */
  readonly tlsMs?: number | undefined
  /** Until the first byte of the answer. */
  readonly firstByteMs: number | undefined
  /** What the target says of itself, per mille of its capacity. */
  readonly load?: number | undefined
  /** Days until its certificate ends. */
  readonly certDays?: number | undefined
  /** In words for operators: "status 503, expected 200". */
  readonly detail: string
}

export interface Check<Settings = unknown> {
  /** The key in the configuration. */
  readonly name: string
  readonly config: z.ZodType<Settings>
  /** Where to probe unless the target says otherwise; 0 where the check knows no ports. */
  defaultPort(settings: Settings): number
  /** Names of the settings that are paths of files; as text they stand in the settings, or are undefined. */
  readonly files?: readonly string[]
  /** Where an answer can say how loaded the target is. */
  readonly loadIn?: readonly ('header' | 'json')[]
  /** Never rejects, and ends soon after `signal` aborts: a target that refuses or hangs is a result and not an error. */
  run(settings: Settings, target: Endpoint, signal: AbortSignal, kit: Kit, load?: LoadSource): Promise<Seen>
}

export function defineCheck<Settings>(check: Check<Settings>): Check<Settings> {
  return check
}

/** A probe that could not be made. */
export function notProbed(why: string): Seen {
  return { ok: undefined, tookMs: 0, connectMs: undefined, firstByteMs: undefined, detail: `not probed: ${why}` }
}

/** A parsed check as plain data, fit to be posted to another thread. */
export interface ParsedCheck {
  /** Name of the check's type. */
  readonly type: string
  /** As the type's own schema gave them. */
  readonly settings: unknown
  readonly load?: LoadSource
  readonly everyMs: number
  readonly timeoutMs: number
  readonly fall: number
  readonly rise: number
  readonly forgive: number
  readonly confirmMs: number
}
