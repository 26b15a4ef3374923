// The same policy trees in gdnsd (multifo, weighted, metafo, geoip) and in Meridian: for the same clients and the same states
// of the targets both give the same addresses. Where they differ on purpose a test below says how.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { loadNode } from '../../src/app/load.ts'
import { openContext } from '../../src/core/answer/context.ts'
import { type Bound, bindSnapshot } from '../../src/core/answer/snapshot.ts'
import { DOWN, UP, writeState } from '../../src/core/health/board.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { freePort } from '../support/free-port.ts'
import { openNumbers } from '../support/chance.ts'
import { type DnsClient, openDnsClient } from '../support/dns-client.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { askBytes, writeQuery } from '../support/snapshot.ts'
import { drawTwin, gdnsdConfig, gdnsdZone, meridianFiles, type Place, type Resource, type Twin } from './gdnsd-world.ts'

/** So many draws miss an address that is drawn one time in five with a chance of one in fifty million. */
const DRAWS = 80

interface Gdnsd extends AsyncDisposable {
  readonly client: DnsClient
}

async function startGdnsd(folder: Folder, twin: Twin, down: ReadonlySet<string>): Promise<Gdnsd> {
  const port = await freePort()
  folder.write('etc/config', gdnsdConfig(twin, port, folder.path))
  folder.write('etc/zones/example.com', gdnsdZone(twin))
  folder.write(
    'states',
    twin.pools
      .flatMap(({ targets }) => targets.map(({ address }) => `${address} => ${down.has(address) ? 'DOWN' : 'UP'}\n`))
      .join(''),
  )
  for (const name of ['run', 'state']) mkdirSync(join(folder.path, name), { recursive: true })
  const child = spawn('gdnsd', ['-c', join(folder.path, 'etc'), 'start'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()))
  await untilListening(child, () => said)
  const client = await openDnsClient({ address: '127.0.0.1', port })
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function untilListening(child: ChildProcess, said: () => string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!said().includes('DNS listeners started')) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`gdnsd did not start:\n${said()}`)
    await delay(10)
  }
}

interface Meridian {
  readonly bound: Bound
  setDown(down: ReadonlySet<string>): void
}

function loadMeridian(folder: Folder, twin: Twin): Meridian {
  const { networks, zone } = meridianFiles(twin)
  folder.write('networks.yaml', networks)
  folder.write('zones/example.com.yaml', zone)
  const file = folder.write('meridian.yaml', { geo: { databases: ['places.mmdb'], networks: 'networks.yaml' } })
  const { loaded, problems } = loadNode(file, 1)
  if (!loaded) throw new Error(JSON.stringify(problems))
  const bound = bindSnapshot(loaded.snapshot)
  return {
    bound,
    setDown(down) {
      for (const [row, { target }] of loaded.rows.entries())
        writeState(bound.board, row, down.has(target) ? DOWN : UP, false)
    },
  }
}

interface Seen {
  readonly addresses: readonly string[]
  readonly scope: number | undefined
}

function read(bytes: Uint8Array | undefined): Seen {
  if (!bytes) throw new Error('no answer')
  const decoded = decodeWithDns2(bytes)
  expect(decoded.problems).toEqual([])
  const addresses = decoded.answer.map(({ data }) => data).sort()
  return { addresses, scope: decoded.edns?.subnet?.scope }
}

/** The answers that can be had, one after another. */
async function askGdnsd({ client }: Gdnsd, name: string, subnet: string, draws: number): Promise<Seen[]> {
  const query = writeQuery({ name: `${name}.example.com`, subnet })
  const replies = await Promise.all(Array.from({ length: draws }, () => client.ask(query)))
  return replies.map((reply) => read(reply?.bytes))
}

function askMeridian({ bound }: Meridian, name: string, subnet: string, draws: number): Seen[] {
  const context = openContext(bound, 'udp')
  const query = writeQuery({ name: `${name}.example.com`, subnet })
  return Array.from({ length: draws }, (_, i) => read(askBytes(context, query, '127.0.0.1', 1_800_000_000 + 30 * i)))
}

const distinct = (seen: readonly Seen[]): string[] =>
  [...new Set(seen.map(({ addresses }) => addresses.join(' ')))].sort()

/** Whether everything that a client could be sent to has failed: half of a pool's weight is down. */
function isAllDown(twin: Twin, { places }: Resource, order: readonly string[], down: ReadonlySet<string>): boolean {
  const poolFailed = (name: string): boolean => {
    const { targets } = twin.pools.find((pool) => pool.name === name)!
    const sum = (some: typeof targets): number => some.reduce((total, { weight }) => total + weight, 0)
    return 2 * sum(targets.filter(({ address }) => !down.has(address))) < sum(targets)
  }
  const failed = (place: Place): boolean => (typeof place === 'string' ? poolFailed(place) : place.every(poolFailed))
  return order.every((dc) => failed(places[dc]!))
}

/** Every list of datacenters that any client of the resource may get. */
function listsOf({ map, order }: Resource): (readonly string[])[] {
  if (!map) return [order]
  const { rest, continents, countries, networks } = map
  return [
    rest,
    ...Object.values(continents),
    ...Object.values(countries).map(({ to }) => to),
    ...Object.values(networks),
  ]
}

function drawDown(twin: Twin, numbers: (limit: number) => number, oneIn: number): Set<string> {
  const addresses = twin.pools.flatMap(({ targets }) => targets.map(({ address }) => address))
  return new Set(addresses.filter(() => oneIn > 0 && numbers(oneIn) === 0))
}

/** The pools that a resource may come to, in a client's order. */
function poolsOf({ places }: Resource, order: readonly string[]): string[] {
  return order.flatMap((dc) => places[dc]!)
}

const version = (): string => execFileSync('dpkg-query', ['-W', '-f', '${Version}', 'gdnsd'], { encoding: 'utf8' })

test.each([1, 2, 3])('random trees, states and clients: world %i', async (seed) => {
  const numbers = openNumbers(seed * 7919)
  const twin = drawTwin(numbers)
  using folder = openFolder()
  folder.write('places.mmdb', writeMmdb(twin.entries, { type: 'GeoIP2-City' }))
  const meridian = loadMeridian(folder, twin)
  let compared = 0
  let scopes = 0
  for (const oneIn of [0, 6, 4, 3, 2]) {
    const down = drawDown(twin, numbers, oneIn)
    meridian.setDown(down)
    await using gdnsd = await startGdnsd(folder, twin, down)
    for (const resource of twin.resources) {
      // What fails whole is answered differently on purpose; a test below.
      if (listsOf(resource).some((list) => isAllDown(twin, resource, list, down))) continue
      const reached = poolsOf(resource, Object.keys(resource.places))
      const isChance = twin.pools.some(({ kind, name }) => kind === 'weighted' && reached.includes(name))
      for (const subnet of twin.clients) {
        const theirs = await askGdnsd(gdnsd, resource.name, subnet, isChance ? DRAWS : 1)
        const ours = askMeridian(meridian, resource.name, subnet, isChance ? DRAWS : 1)
        expect({ resource: resource.name, subnet, down: [...down], answers: distinct(ours) }).toEqual({
          resource: resource.name,
          subnet,
          down: [...down],
          answers: distinct(theirs),
        })
        compared++
        if (ours[0]!.scope === theirs[0]!.scope) scopes++
      }
    }
  }
  process.stderr.write(`gdnsd ${version()}: ${compared} clients compared, ${scopes} with the same scope\n`)
  expect(compared).toBeGreaterThan(500)
})

// The differences that are meant.

/** Two pools of one target each, one after the other, and one that is alone. */
const plain: Twin = {
  pools: [
    { name: 'a', kind: 'multifo', targets: [1, 2].map((n) => ({ address: `192.0.2.${n}`, weight: 1 })) },
    { name: 'b', kind: 'multifo', targets: [3, 4].map((n) => ({ address: `192.0.2.${n}`, weight: 1 })) },
    { name: 'w', kind: 'weighted', targets: [5, 6].map((n) => ({ address: `192.0.2.${n}`, weight: 1 })) },
  ],
  resources: [
    { name: 'both', order: ['one', 'two'], places: { one: 'a', two: 'b' } },
    { name: 'drawn', order: ['one'], places: { one: 'w' } },
    {
      name: 'placed',
      map: {
        name: 'm',
        datacenters: ['one', 'two'],
        rest: ['two'],
        continents: {},
        countries: { DE: { continent: 'EU', to: ['one'] } },
        networks: {},
      },
      order: ['one', 'two'],
      places: { one: 'a', two: 'b' },
      fallsThrough: true,
    },
  ],
  entries: [{ prefix: '20.0.0.0/8', record: { continent: { code: 'EU' }, country: { iso_code: 'DE' } } }],
  clients: ['20.1.1.0/24'],
}

async function askBothServers(
  down: readonly string[],
  name: string,
  draws = 1,
): Promise<{ theirs: Seen[]; ours: Seen[] }> {
  using folder = openFolder()
  folder.write('places.mmdb', writeMmdb(plain.entries, { type: 'GeoIP2-City' }))
  const meridian = loadMeridian(folder, plain)
  meridian.setDown(new Set(down))
  await using gdnsd = await startGdnsd(folder, plain, new Set(down))
  const theirs = await askGdnsd(gdnsd, name, plain.clients[0]!, draws)
  return { theirs, ours: askMeridian(meridian, name, plain.clients[0]!, draws) }
}

const all = [1, 2, 3, 4].map((n) => `192.0.2.${n}`)

test('with everything down gdnsd answers with the first datacenter, Meridian with all of them', async () => {
  const { theirs, ours } = await askBothServers(all, 'both')
  expect(distinct(theirs)).toEqual(['192.0.2.1 192.0.2.2'])
  expect(distinct(ours)).toEqual([all.join(' ')])
})

test('a place whose own list has failed gets that list from gdnsd all the same, and in Meridian, unless it is fenced, the next place’s', async () => {
  const { theirs, ours } = await askBothServers(['192.0.2.1', '192.0.2.2'], 'placed')
  expect(distinct(theirs)).toEqual(['192.0.2.1 192.0.2.2'])
  expect(distinct(ours)).toEqual(['192.0.2.3 192.0.2.4'])
})

test('gdnsd draws anew for each query, Meridian once for a client and a TTL', async () => {
  const { theirs, ours } = await askBothServers([], 'drawn', DRAWS)
  expect(distinct(theirs)).toEqual(['192.0.2.5', '192.0.2.6'])
  // A new TTL for each of ours.
  expect(distinct(ours)).toEqual(['192.0.2.5', '192.0.2.6'])
  using folder = openFolder()
  folder.write('places.mmdb', writeMmdb(plain.entries, { type: 'GeoIP2-City' }))
  const { bound } = loadMeridian(folder, plain)
  const query = writeQuery({ name: 'drawn.example.com', subnet: plain.clients[0]! })
  const again = Array.from({ length: DRAWS }, () => read(askBytes(openContext(bound, 'udp'), query)))
  expect(distinct(again)).toHaveLength(1)
})
