// redis: nodes share evidence and overrides through one Redis (or Valkey): a single server, or the one that Sentinels or a Cluster
// lead to. Each prober has one value, which expires by itself, and a place in an index set; so has the book of each node, which
// nobody else writes, so that nothing is ever merged in there. A change is also said on a channel. The braces put all keys into
// one slot, so that one server has them all in a Cluster too.
//
//   <prefix>:{evidence:1}:prober:<name>      its evidence (encoding.ts), PX expiry
//   <prefix>:{evidence:1}:probers            set of the names
//   <prefix>:{evidence:1}:overrides:<node>   its book (override-encoding.ts), PX expiry
//   <prefix>:{evidence:1}:nodes              set of the nodes that have one
//   <prefix>:{evidence:1}:changed            channel

import { Failure } from '../../core/base/failure.ts'
import type { Evidence } from '../../core/health/evidence.ts'
import type { Replica } from '../../core/health/override-book.ts'
import { type Condition, openCondition } from './condition.ts'
import { readEvidence, writeEvidence } from './encoding.ts'
import { openLatest } from './latest.ts'
import { readReplica, writeReplica } from './override-encoding.ts'
import type { Client } from './redis-client.ts'
import type { RedisConfig } from './redis-config.ts'
import { asFailure, quietly } from './redis-failure.ts'
import { type Link, openLink } from './redis-link.ts'
import { expiryMs, isChange, isOtherBook, overridesExpiryMs, type Store, type StoreDeps } from './store.ts'

/** More probers or nodes than this in one index are not a fleet but a mistake. */
const MAX_NAMES = 1000

interface Keys {
  readonly probers: Index
  readonly books: Index
  readonly channel: string
}

/** A set of names, and the value that each has. */
interface Index {
  readonly names: string
  of(name: string): string
}

/** What the functions of one open store share. */
interface Sharing {
  readonly config: RedisConfig
  readonly keys: Keys
  readonly now: () => number
  readonly condition: Condition
  readonly listeners: Set<() => void>
  readonly link: Link
  /** Hears the hints. Its own connection, because one that subscribes may do nothing else before RESP3, which old servers lack. */
  readonly ear: Link
  /** The last that was shared. */
  last: Evidence | undefined
  lastBook: Replica | undefined
  /** What was read last of each prober. */
  parsed: ReadonlyMap<string, { readonly text: string; readonly evidence: Evidence }>
  isClosed: boolean
}

export function openRedisStore(config: RedisConfig, { now, random, log }: StoreDeps): Store {
  const base = `${config.prefix}:{evidence:1}`
  const keys: Keys = {
    probers: { names: `${base}:probers`, of: (prober) => `${base}:prober:${prober}` },
    books: { names: `${base}:nodes`, of: (node) => `${base}:overrides:${node}` },
    channel: `${base}:changed`,
  }
  const listeners = new Set<() => void>()
  const hinted = (): void => listeners.forEach((listener) => listener())
  const ear = openLink({ config, random, probe: keys.books.names }, async (client) => {
    await client.subscribe(keys.channel)
    hinted() // for what was said while nobody listened
  })
  ear.client.on('message', hinted)
  const condition = openCondition(now, log)
  const link = openLink({ config, random, probe: keys.books.names })
  const last = { last: undefined, lastBook: undefined, parsed: new Map() }
  const s: Sharing = { config, keys, now, condition, listeners, link, ear, ...last, isClosed: false }
  const publishing = openLatest(({ evidence, dueMs }: { evidence: Evidence; dueMs: number }) =>
    share(s, evidence, dueMs),
  )
  let reading: Promise<readonly Evidence[]> | undefined

  return {
    kind: 'redis',

    async publish(evidence) {
      if (!s.isClosed) await publishing.offer({ evidence, dueMs: now() + config.timeout })
    },

    async read() {
      if (s.isClosed) return []
      reading ??= readAll(s).finally(() => {
        reading = undefined
      })
      return reading
    },

    publishOverrides: async (replica) => !s.isClosed && shareBook(s, replica),
    readOverrides: async () => (s.isClosed ? undefined : readBooks(s)),

    state: () => condition.state(),
    onHint: (listener) => void listeners.add(listener),

    async close() {
      s.isClosed = true
      listeners.clear()
      publishing.drop()
      await Promise.all([link.close(), ear.close()])
    },
  }
}

async function share(s: Sharing, evidence: Evidence, dueMs: number): Promise<void> {
  const startedMs = s.now()
  try {
    const text = writeEvidence(evidence)
    if (text === undefined) throw new Failure('store-refused', 'the evidence is too large to share')
    await s.link.ask(dueMs - startedMs, (client) => {
      const stored = client.set(s.keys.probers.of(evidence.prober), text, 'PX', expiryMs(evidence))
      const listed = client.sadd(s.keys.probers.names, evidence.prober)
      if (isChange(s.last, evidence)) quietly(client.publish(s.keys.channel, evidence.prober))
      return Promise.all([stored, listed])
    })
    s.last = evidence
    s.condition.succeed('publish', s.now() - startedMs)
  } catch (error) {
    if (!s.isClosed) s.condition.fail('publish', asFailure(error))
  }
}

async function readAll(s: Sharing): Promise<readonly Evidence[]> {
  const startedMs = s.now()
  quietly(s.ear.ask(s.config.timeout, (client) => client.ping())) // finds out whether it still hears
  try {
    const values = await s.link.ask(s.config.timeout, (client) => fetchValues(s.keys.probers, client))
    const found: Evidence[] = []
    const garbled: string[] = []
    const parsed = new Map<string, { text: string; evidence: Evidence }>()
    for (const { name, text } of values) {
      const before = s.parsed.get(name)
      // Hints come in bursts, each about one prober: what has not changed since, its sequence included, is not parsed again.
      const evidence = before?.text === text ? before.evidence : readEvidence(text)
      if (evidence?.prober === name) {
        found.push(evidence)
        parsed.set(name, { text, evidence })
      } else garbled.push(name)
    }
    s.parsed = parsed
    s.condition.garble('evidence', garbled)
    s.condition.succeed('read', s.now() - startedMs)
    return found
  } catch (error) {
    if (!s.isClosed) s.condition.fail('read', asFailure(error))
    return []
  }
}

async function fetchValues(index: Index, client: Client): Promise<{ name: string; text: string }[]> {
  const names = (await client.smembers(index.names)).slice(0, MAX_NAMES)
  if (names.length === 0) return []
  const texts = await client.mget(names.map(index.of))
  // Those that died. One that comes back to life in between lists itself again at its next publication.
  const gone = names.filter((_, i) => texts[i] == null)
  if (gone.length > 0) quietly(client.srem(index.names, gone))
  return names.flatMap((name, i) => (texts[i] == null ? [] : { name, text: texts[i] }))
}

async function shareBook(s: Sharing, replica: Replica): Promise<boolean> {
  const startedMs = s.now()
  try {
    const text = writeReplica(replica)
    if (text === undefined) throw new Failure('store-refused', 'the overrides are too many to share')
    await s.link.ask(s.config.timeout, (client) => {
      const stored = client.set(s.keys.books.of(replica.node), text, 'PX', overridesExpiryMs(replica))
      const listed = client.sadd(s.keys.books.names, replica.node)
      if (isOtherBook(s.lastBook, replica)) quietly(client.publish(s.keys.channel, replica.node))
      return Promise.all([stored, listed])
    })
    s.lastBook = replica
    s.condition.succeed('publish overrides', s.now() - startedMs)
    return true
  } catch (error) {
    if (!s.isClosed) s.condition.fail('publish overrides', asFailure(error))
    return false
  }
}

async function readBooks(s: Sharing): Promise<readonly Replica[] | undefined> {
  const startedMs = s.now()
  try {
    const values = await s.link.ask(s.config.timeout, (client) => fetchValues(s.keys.books, client))
    const books = values.map(({ name, text }) => ({ name, replica: readReplica(text) }))
    s.condition.garble(
      'overrides',
      books.filter(({ name, replica }) => replica?.node !== name).map(({ name }) => name),
    )
    s.condition.succeed('read overrides', s.now() - startedMs)
    return books.flatMap(({ name, replica }) => (replica?.node === name ? [replica] : []))
  } catch (error) {
    if (!s.isClosed) s.condition.fail('read overrides', asFailure(error))
    return undefined
  }
}
