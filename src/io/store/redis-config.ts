// The setting `store.redis`: one server by its URL, the master that Sentinels name, or a Cluster.

import { z } from 'zod'
import { duration } from '../../core/base/schema.ts'

/** Where one listens. */
export interface Server {
  readonly host: string
  readonly port: number
}

export interface RedisUrl {
  /** A host and port, or the path of a Unix socket. */
  readonly at: Server | { readonly path: string }
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

/** `host:port`, IPv6 in brackets; a name is as good as an address. */
export function parseServer(text: string): Server | undefined {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+)):(\d{1,5})$/.exec(text)
  const port = Number(parts?.[3])
  return parts && port > 0 && port <= 65_535 ? { host: parts[1] ?? parts[2]!, port } : undefined
}

const server = z
  .string()
  .transform((text, context) => {
    const found = parseServer(text)
    if (found) return found
    // Without the text itself: somebody may have written a URL with a password.
    context.addIssue({
      code: 'custom',
      message: 'expected host:port, such as redis-1.example.net:6379 or "[::1]:6379"',
    })
    return z.NEVER
  })
  .meta({ title: 'host:port', description: 'a host and a port, such as redis-1.example.net:6379' })

const servers = (what: string) => z.array(server).min(1).max(16).optional().meta({ description: what })

const settings = z.strictObject({
  url: redisUrl.optional(),
  sentinels: servers('instead of url: Sentinels, each host:port, which are asked for the server named by master'),
  master: text('with sentinels: what they call the server'),
  sentinel_username: text('with sentinels: the user to log in to them as'),
  sentinel_password: secret('with sentinels: their password; better in sentinel_password_file or ${ENV}'),
  sentinel_password_file: file('the password of the Sentinels'),
  cluster: servers(
    'instead of url: servers of a Cluster, each host:port, which are asked for the one that has our slot',
  ),
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

export const redisConfig = settings.superRefine((found, context) => {
  const mistake = (key: keyof typeof found, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message })
  const ways = (['url', 'sentinels', 'cluster'] as const).filter((key) => found[key] !== undefined)
  if (ways.length === 0) mistake('url', 'expected a url, or sentinels with their master, or a cluster')
  for (const key of ways.slice(1)) mistake(key, `${key} and ${ways[0]} exclude each other`)
  if (found.sentinels && found.master === undefined) mistake('master', 'expected what the sentinels call the server')
  if (!found.sentinels)
    for (const key of ['master', 'sentinel_username', 'sentinel_password', 'sentinel_password_file'] as const)
      if (found[key] !== undefined) mistake(key, `${key} needs sentinels`)
  if (found.cluster && found.db) mistake('db', 'a cluster has no databases but 0')
})

export type RedisConfig = z.output<typeof redisConfig>
