// The door of ioredis: a client for each way to name a Redis. Where Sentinels or servers of a Cluster are named, each connection
// begins by asking them, in turn, for the one to connect to. Each begins at the next one, so that one who is behind the times
// misleads once. A Cluster needs no map of slots: all our keys are in one, and any server tells of one key where it is.

import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis'
import { Failure } from '../../core/base/failure.ts'
import type { RedisConfig, RedisUrl, Server } from './redis-config.ts'
import { asFailure, within } from './redis-failure.ts'

export type Client = Redis

/** Connects at once. `probe` is a key in the slot of all our keys. */
export function openClient(config: RedisConfig, probe: string, retryStrategy: () => number): Client {
  const seek = config.url ? goTo(config.url.at) : openSeek(config, probe)
  const options = { ...commonOptions(config), ...loginOptions(config), retryStrategy }
  return new Redis({ ...options, Connector: connectorOf(config, seek) })
}

function loginOptions({ url, username, password, db }: RedisConfig) {
  return {
    ...(url?.username !== undefined && { username: url.username }),
    ...(url?.password !== undefined && { password: url.password }),
    ...(url?.db !== undefined && { db: url.db }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(db !== undefined && { db }),
  } satisfies RedisOptions
}

function commonOptions(config: RedisConfig) {
  const tls = tlsOptions(config)
  return {
    ...(tls && { tls }),
    protocol: 2 as const,
    // For the login. Questions have a limit of their own, which knows of a process that stood still (redis-failure.ts).
    commandTimeout: 5 * config.timeout,
    connectTimeout: connectTimeoutMs(config),
    disconnectTimeout: 100,
    // Nothing waits for a connection: what cannot be sent now is out of date by then.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    // INFO and CLIENT may be forbidden to our user; LOADING shows in the answers.
    enableReadyCheck: false,
    disableClientInfo: true,
  } satisfies RedisOptions
}

function tlsOptions({ url, tls: given }: RedisConfig) {
  if (!given && !url?.isTls) return undefined
  const { ca, cert, key, server_name: servername } = given ?? {}
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(servername && { servername }) }
}

const connectTimeoutMs = ({ timeout }: RedisConfig): number => Math.max(1000, timeout)

// The way to the server ---------------------------------------------------------------------------------------------

interface Seek {
  /** Where the server is by what the others say now; rejects with a Failure when none of them knows. */
  find(signal: AbortSignal): Promise<RedisUrl['at']>
}

const goTo = (at: RedisUrl['at']): Seek => ({ find: () => Promise.resolve(at) })

function connectorOf(config: RedisConfig, seek: Seek) {
  return class extends AbstractConnector {
    #leaving = new AbortController()

    constructor() {
      super(100)
    }

    override async connect() {
      this.connecting = true
      delete this.firstError
      this.#leaving = new AbortController()
      const { signal } = this.#leaving
      const server = await seek.find(signal)
      if (signal.aborted) throw new Failure('store-unreachable', 'the connection was given up')
      const tls = tlsOptions(config)
      this.stream = tls ? connectTls({ ...server, ...tls }) : connectTcp(server)
      // For good, as ioredis hears one error alone: after a certificate that was not trusted there may come the other side's alert,
      // and an error that nobody hears ends the process.
      this.stream.on('error', (error) => {
        this.firstError ??= error
      })
      return this.stream
    }

    override disconnect() {
      this.#leaving.abort()
      super.disconnect()
    }
  }
}

function openSeek(config: RedisConfig, probe: string): Seek {
  const guides = config.sentinels ?? config.cluster ?? []
  const kind = config.sentinels ? 'Sentinel' : 'server of the Cluster'
  let next = 0
  return {
    async find(signal) {
      let failure = new Failure('store-unreachable', `no ${kind} was asked`)
      for (let tries = 0; tries < guides.length && !signal.aborted; tries++) {
        const guide = guides[next++ % guides.length]!
        try {
          return await askGuide(config, guide, probe, signal)
        } catch (error) {
          const { code, message } = asFailure(error)
          failure = new Failure(code, `no ${kind} leads on; ${printServer(guide)} says: ${message}`)
        }
      }
      throw failure
    },
  }
}

async function askGuide(config: RedisConfig, guide: Server, probe: string, signal: AbortSignal): Promise<Server> {
  const { sentinel_username: username, sentinel_password: password } = config
  const login = config.sentinels
    ? { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
    : loginOptions(config)
  const Connector = connectorOf(config, goTo(guide))
  const client = new Redis({ ...commonOptions(config), ...login, Connector, lazyConnect: true, retryStrategy: null })
  const leave = (): void => client.disconnect()
  signal.addEventListener('abort', leave)
  // ioredis rejects in words that say nothing about why; its event says it.
  let reason: unknown
  client.on('error', (error) => {
    reason ??= error
  })
  const put = async (): Promise<Server> => {
    await client.connect()
    return config.master === undefined ? askCluster(client, guide, probe) : askSentinel(client, config.master)
  }
  try {
    return await within(connectTimeoutMs(config), put())
  } catch (error) {
    throw reason ?? error
  } finally {
    signal.removeEventListener('abort', leave)
    leave()
  }
}

async function askSentinel(client: Client, master: string): Promise<Server> {
  const found = (await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master)) as [string, string] | null
  if (!found) throw new Failure('store-refused', `knows no server named ${master}`)
  return { host: found[0], port: Number(found[1]) }
}

async function askCluster(client: Client, guide: Server, probe: string): Promise<Server> {
  try {
    await client.mget(probe)
    return guide
  } catch (error) {
    const text = error instanceof Error ? error.message : ''
    // Of a slot on the move: what is not there is at the other one already, but the others still come here.
    if (/^(ASK|TRYAGAIN) /.test(text)) return guide
    const moved = readMoved(text, guide)
    if (moved) return moved
    throw error
  }
}

/** `MOVED 866 192.0.2.1:6379`; without a host it is the host that said so. */
function readMoved(text: string, { host }: Server): Server | undefined {
  const parts = /^MOVED \d+ (.*):(\d+)$/.exec(text)
  return parts && parts[1] !== '?' ? { host: parts[1] === '' ? host : parts[1]!, port: Number(parts[2]) } : undefined
}

function printServer({ host, port }: Server): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
