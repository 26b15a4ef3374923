// Response rate limits as they are configured, and what they are compiled to: plain data, part of the Snapshot.

import { z } from 'zod'
import { duration } from '../base/schema.ts'
import { prefix } from '../geo/networks.ts'
import { compileList } from './subnet-rules.ts'

/** What a response is counted as; `all` is every response to a prefix. */
export const Kind = { answer: 0, wildcard: 1, referral: 2, nodata: 3, nxdomain: 4, error: 5, all: 6 } as const
export type KindName = keyof typeof Kind
export const kindNames = Object.keys(Kind) as readonly KindName[]

export interface RateLimits {
  /** What would be limited is counted, and answered all the same. */
  readonly isDryRun: boolean
  /** By `Kind`; 0: no limit. */
  readonly perSecond: readonly number[]
  readonly windowMs: number
  /** Every so many-th limited response goes out truncated; 0: none. */
  readonly slip: number
  /** Bits of an address that make a client. */
  readonly v4Bits: number
  readonly v6Bits: number
  /** An address map with 1 for those who are never limited. */
  readonly exempt: SharedArrayBuffer
  /** Buckets that each worker keeps. */
  readonly table: number
}

/** A full bucket in thousandths, rate × window, has to fit into 31 bits: 100 000 × 20 s does. */
const MAX_RATE = 100_000
const MAX_WINDOW_MS = 20_000

function rate() {
  return z.int().min(0).max(MAX_RATE)
}

export const rateLimitConfig = z
  .strictObject({
    mode: z
      .enum(['on', 'log_only', 'off'])
      .default('on')
      .describe('log_only: what would be limited is counted and told, and answered all the same'),
    per_second: rate()
      .default(1000)
      .describe('responses of one name to one prefix of clients over UDP, by all workers together; 0: no limit'),
    wildcard: rate().optional().describe('the same for names that one wildcard answers; default: per_second'),
    referral: rate().optional().describe('the same for names beneath one delegation; default: per_second'),
    nodata: rate().optional().describe('the same for types that one name does not have; default: per_second'),
    nxdomain: rate().optional().describe('the same for names that one zone does not have; default: per_second'),
    errors: rate()
      .default(100)
      .describe('errors (REFUSED, FORMERR, NOTIMP …) and answers of class CHAOS; those beyond are met with silence'),
    all: rate().default(0).describe('all responses to one prefix of clients; 0: no limit'),
    window: duration({ atLeastMs: 1000, atMostMs: MAX_WINDOW_MS })
      .prefault('3s')
      .describe('for how long what was not used is kept: bursts may be this many seconds’ worth'),
    slip: z
      .int()
      .min(0)
      .max(10)
      .default(1)
      .describe('every so many-th limited response is sent truncated, so that the client comes over TCP; 0: none'),
    ipv4_prefix: z.int().min(8).max(32).default(24).describe('bits of an IPv4 address that make a client'),
    ipv6_prefix: z.int().min(16).max(64).default(56).describe('bits of an IPv6 address that make a client'),
    exempt: z
      .array(prefix())
      .prefault(['127.0.0.0/8', '::1/128'])
      .describe('addresses that are never limited, such as those of large resolvers'),
    table: z
      .int()
      .min(1024)
      .max(16_777_216)
      .default(65_536)
      .describe('buckets that each worker keeps, 16 bytes each; where they run out the longest unused is given away'),
  })
  .prefault({})
  .describe('response rate limiting: against forged floods that use this server to reach others')

export type RateLimitConfig = z.infer<typeof rateLimitConfig>

/** Undefined where nothing is limited. */
export function compileLimits(config: RateLimitConfig): RateLimits | undefined {
  if (config.mode === 'off') return undefined
  const { per_second, exempt } = config
  const perSecond: Readonly<Record<KindName, number>> = {
    answer: per_second,
    wildcard: config.wildcard ?? per_second,
    referral: config.referral ?? per_second,
    nodata: config.nodata ?? per_second,
    nxdomain: config.nxdomain ?? per_second,
    error: config.errors,
    all: config.all,
  }
  return {
    isDryRun: config.mode === 'log_only',
    perSecond: kindNames.map((kind) => perSecond[kind]),
    windowMs: config.window,
    slip: config.slip,
    v4Bits: config.ipv4_prefix,
    v6Bits: config.ipv6_prefix,
    exempt: compileList(exempt),
    table: config.table,
  }
}
