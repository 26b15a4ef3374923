// Settings of meridian.yaml that shape every answer, and what they are compiled to.

import { z } from 'zod'
import { UDP_SIZE } from '../wire/message.ts'
import { parseHex } from '../wire/text.ts'
import { compileLimits, rateLimitConfig } from './limits.ts'
import type { AnswerOptions } from './options.ts'

const MAX_TEXT = 128

function selfDescription(description: string) {
  return z
    .union([z.string().min(1).max(MAX_TEXT), z.literal(false)], {
      error: `expected a text of 1 to ${MAX_TEXT} letters, or false to say nothing`,
    })
    .meta({ description })
}

function cookieSecret() {
  return z
    .string()
    .regex(/^[0-9a-fA-F]{32}$/, 'expected 32 hexadecimal digits, such as `openssl rand -hex 16` prints')
    .meta({ secret: true, description: '32 hexadecimal digits' })
}

/** Fields to be spread into the schema of the whole file. */
export const answerConfig = {
  additional: z
    .enum(['minimal', 'full'])
    .default('minimal')
    .describe(
      'minimal: only addresses without which a delegation cannot be followed; full: also those of the names in MX, NS, SRV, SVCB … answers',
    ),
  udp_size: z
    .int()
    .min(512)
    .max(4096)
    .default(UDP_SIZE)
    .describe('the longest response over UDP in bytes; more than 1232 may be fragmented and lost on its way'),
  nsid: selfDescription('what NSID is answered with (RFC 5001); default: the name of the node').optional(),
  chaos: z
    .strictObject({
      version: selfDescription('version.bind and version.server; default: Meridian and its version').optional(),
      id: selfDescription('id.server and hostname.bind; default: the name of the node').optional(),
    })
    .prefault({})
    .describe('what questions of class CHAOS are told (RFC 4892); false: they are refused'),
  cookies: z
    .strictObject({
      mode: z
        .enum(['off', 'offer', 'require'])
        .default('offer')
        .describe('require: clients that know cookies get answers over UDP only with one of ours, else BADCOOKIE'),
      secret: cookieSecret()
        .describe(
          'makes the cookies; the same on all servers of an address; default: made of `secret`, or drawn at the start where that is the default',
        )
        .optional(),
      previous: z
        .array(cookieSecret())
        .max(4)
        .default([])
        .describe('secrets that are believed but not used: the one before, or the next, while all servers change over'),
    })
    .prefault({})
    .describe('DNS cookies (RFC 7873, RFC 9018)'),
  rate_limit: rateLimitConfig,
}

export type AnswerConfig = z.infer<z.ZodObject<typeof answerConfig>>

/** What is not in these settings. */
export interface Surroundings {
  readonly nodeName: string
  readonly version: string
  /** 16 bytes for cookies where the settings name none. */
  readonly cookieSecret: Uint8Array
  /** How long an idle TCP connection is kept. */
  readonly idleMs: number
}

export function compileOptions(config: AnswerConfig, around: Surroundings): AnswerOptions {
  const { chaos, cookies } = config
  const own = cookies.secret === undefined ? around.cookieSecret : bytesOf(cookies.secret)
  return {
    fullAdditional: config.additional === 'full',
    udpSize: config.udp_size,
    nsid: textOf(config.nsid ?? around.nodeName),
    chaosVersion: stringOf(chaos.version ?? `Meridian ${around.version}`),
    chaosId: stringOf(chaos.id ?? around.nodeName),
    cookieSecrets: cookies.mode === 'off' ? [] : [own, ...cookies.previous.map(bytesOf)],
    requireCookie: cookies.mode === 'require',
    keepalive: Math.min(0xffff, Math.round(around.idleMs / 100)),
    limits: compileLimits(config.rate_limit),
  }
}

function bytesOf(hex: string): Uint8Array {
  const bytes: number[] = []
  if (!parseHex(hex, bytes)) throw new Error('a secret that has passed its schema is hexadecimal')
  return Uint8Array.from(bytes)
}

function textOf(text: string | false): Uint8Array {
  return text === false ? new Uint8Array(0) : new TextEncoder().encode(text).subarray(0, 255)
}

/** One character string of TXT rdata. */
function stringOf(text: string | false): Uint8Array {
  const bytes = textOf(text)
  return text === false ? bytes : Uint8Array.of(bytes.length, ...bytes)
}
