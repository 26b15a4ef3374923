// The setting `store.redis`, and its URL. Standalone servers for now; Sentinel and Cluster would be further fields beside `url`.

import { z } from 'zod'
import { duration } from '../../core/base/schema.ts'

export interface RedisUrl {
  /** A host and port, or the path of a Unix socket. */
  readonly at: { readonly host: string; readonly port: number } | { readonly path: string }
  readonly isTls: boolean
  readonly username?: string
  readonly password?: string
  readonly db?: number
}

/** `redis://host[:port][/db]`, `rediss://…` for TLS, `unix:///path`; user and password may stand before the host. */
export function parseRedisUrl(text: string): RedisUrl | undefined {
  const socket = /^unix:\/\/(\/.+)$/.exec(text)
  if (socket) return { at: { path: socket[1]! }, isTls: false }
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const db = /^\/?(\d{0,4})$/.exec(url.pathname)?.[1]
  if (
    !/^rediss?:$/.test(url.protocol) ||
    url.hostname === '' ||
    url.search !== '' ||
    url.hash !== '' ||
    db === undefined
  )
    return undefined
  const username = decode(url.username)
  const password = decode(url.password)
  if (username === undefined || password === undefined) return undefined
  return {
    at: { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port === '' ? 6379 : Number(url.port) },
    isTls: url.protocol === 'rediss:',
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    ...(db !== '' && { db: Number(db) }),
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const redisUrl = z
  .string()
  .transform((text, context) => {
    const url = parseRedisUrl(text)
    if (url) return url
    // Without the text itself: a URL that is almost right may hold a password.
    context.addIssue({
      code: 'custom',
      message: 'expected a URL such as redis://redis.example.net:6379, rediss://… or unix:///run/redis.sock',
    })
    return z.NEVER
  })
  .meta({ description: 'redis://host:port/db, rediss://… for TLS, or unix:///path of a socket', secret: true })

const file = (what: string) =>
  z
    .string()
    .min(1)
    .optional()
    .meta({ description: `path of a file with ${what}` })
const text = (what: string) => z.string().min(1).optional().meta({ description: what })
const secret = (what: string) => z.string().min(1).optional().meta({ description: what, secret: true })

const redisTls = z.strictObject({
  ca: text('certificates that may sign the server’s, as PEM, instead of the system’s'),
  ca_file: file('certificates that may sign the server’s, as PEM'),
  cert: text('our certificate, as PEM, where the server asks for one'),
  cert_file: file('our certificate, as PEM'),
  key: secret('our private key, as PEM'),
  key_file: file('our private key, as PEM'),
  server_name: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'the name in the server’s certificate, where it is not the URL’s host' }),
})

export const redisConfig = z.strictObject({
  url: redisUrl,
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'expected letters, digits, "_", ".", ":" and "-", at most 64')
    .default('meridian')
    .meta({ description: 'what all keys and channels begin with: nodes with the same prefix share evidence' }),
  username: text('the user to log in as'),
  password: secret('its password; better in password_file or ${ENV}'),
  password_file: file('the password'),
  db: z.int().min(0).max(9999).optional().meta({ description: 'number of the database' }),
  tls: redisTls.optional(),
  timeout: duration({ atLeastMs: 50, atMostMs: 10_000 })
    .default(500)
    .meta({ description: 'how long a read or a publication may take' }),
})

export type RedisConfig = z.output<typeof redisConfig>
