// A reload, and a stop, under load: no question is lost. Each is asked once; there is no second try that could hide a loss.

import { createConnection } from 'node:net'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { type LoadProgress, type LoadResult, startLoad, wallMs } from '../support/load.ts'
import { startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'

const GAP_MS = 200
const PER_SECOND = 3000
/** Questions between two reloads. */
const GAP = (PER_SECOND * GAP_MS) / 1000
/** A socket that nobody has given a larger buffer holds as many of all four ports. */
const WINDOW = 64

const settings = {
  listen: ['127.0.0.1:0'],
  admin: { listen: '127.0.0.1:0' },
  workers: 2,
  geo: { databases: ['places.mmdb'] },
}

/** The version is the last byte of each address: of a plain record, and of a steered one. */
function zoneOf(version: number): object {
  return {
    zone: 'example.com',
    ns: ['ns.example.net.'],
    soa: {},
    records: { plain: { A: `192.0.2.${version}` }, steered: { service: 'web' } },
    pools: { eu: { targets: [{ address: `198.51.100.${version}` }] } },
    services: { web: { steer: { geo: [{ where: ['country IE'], to: 'eu' }, { to: 'eu' }] } } },
  }
}

function openNodeFolder(transport: 'auto' | 'portable'): Folder {
  return openFolder({
    'meridian.yaml': { ...settings, transport },
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.com.yaml': zoneOf(1),
  })
}

/** Without EDNS, so that the answers end with the address. */
const queries = ['plain.example.com', 'steered.example.com', 'nowhere.example.com'].map((name) => writeQuery({ name }))

function lossesOf({ outcomes }: LoadResult): object[] {
  return outcomes
    .filter(({ tookMs }) => tookMs === undefined)
    .map(({ query, port, sentMs }) => ({ query, port, sentMs }))
}

function expectRightAnswers({ outcomes, strays }: LoadResult): void {
  expect(strays).toBe(0)
  const wrong = outcomes.filter(({ query, rcode, tail, tookMs }) => {
    if (tookMs === undefined) return false
    if (query === 2) return rcode !== 3
    return rcode !== 0 || !tail.startsWith(query === 0 ? '192.0.2.' : '198.51.100.')
  })
  expect(wrong).toEqual([])
}

/** The versions that one port and query saw, each change once. */
function versionsSeen({ outcomes }: LoadResult, port: number, query: number): number[] {
  const seen = outcomes
    .filter((one) => one.port === port && one.query === query && one.tookMs !== undefined)
    .map(({ tail }) => Number(tail.split('.')[3]))
  return seen.filter((version, i) => version !== seen[i - 1])
}

/** Whether any of the ports, or every one of them with both names, was answered with a version last. */
function seesVersion(tails: LoadProgress['tails'], version: number, byAll: boolean): boolean {
  const seen = tails.flatMap((ofPort) => ofPort.slice(0, 2)).map((tail) => Number(tail.split('.')[3]) === version)
  return byAll ? !seen.includes(false) : seen.includes(true)
}

test.each([
  ['auto', 25],
  ['portable', 10],
] as const)('reloads under load lose nothing (transport %s, %i reloads)', async (transport, reloadCount) => {
  using folder = openNodeFolder(transport)
  await using node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
  const load = await startLoad({ to: node.dns, queries, perSecond: PER_SECOND, ports: 4, window: WINDOW })
  for (let version = 2; version <= reloadCount + 1; version++) {
    // In step with the load, and not with the clock: a busy machine is slower at both.
    await until(`${GAP} questions, and an answer of version ${version - 1}`, 20_000, async () => {
      const { asked, tails } = await load.look()
      return asked >= (version - 1) * GAP && seesVersion(tails, version - 1, version === 2)
    })
    folder.replace('zones/example.com.yaml', zoneOf(version))
    node.signal('SIGHUP')
  }
  await until('the last version at every port', 20_000, async () =>
    seesVersion((await load.look()).tails, reloadCount + 1, true),
  )
  const result = await load.stop()
  expect(lossesOf(result)).toEqual([])
  expectRightAnswers(result)
  expect(result.outcomes.length).toBeGreaterThan((0.8 * PER_SECOND * (reloadCount * GAP_MS)) / 1000)
  for (let port = 0; port < 4; port++) {
    for (const query of [0, 1]) {
      const seen = versionsSeen(result, port, query)
      // One port leads to one worker, which never goes back.
      expect(seen).toEqual(seen.toSorted((a, b) => a - b))
      expect(seen[0]).toBe(1)
      expect(seen.at(-1)).toBe(reloadCount + 1)
      expect(seen.length).toBeGreaterThan(reloadCount / 2)
    }
  }
  const { reloads, answers } = await node.status()
  // Nor is an answer lost from the books, whichever snapshot it was given from.
  expect(answers).toEqual({ 'example.com web eu': result.outcomes.filter(({ query }) => query === 1).length })
  expect(reloads.refused).toBe(0)
  expect(reloads.done).toBeGreaterThan(reloadCount / 2)
  expect(await node.metrics()).toMatch(/^meridian_kernel_drops_total 0$/m)
})

test.each(['auto', 'portable'] as const)('a stop answers what was received (transport %s)', async (transport) => {
  using folder = openNodeFolder(transport)
  const node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
  const load = await startLoad({ to: node.dns, queries, perSecond: PER_SECOND, ports: 4, window: WINDOW })
  // Over TCP, a hundred questions in one write.
  const socket = createConnection({ host: node.dns.address, port: node.dns.port })
  await once(socket, 'connect')
  const bytes: Buffer[] = []
  socket.on('data', (chunk: Buffer) => bytes.push(chunk))
  const ended = once(socket, 'end')
  await delay(500) // of load, before the stop
  const framed = Buffer.concat([Buffer.from([0, queries[0]!.length]), queries[0]!])
  await new Promise((resolve) => socket.write(Buffer.concat(Array.from({ length: 100 }, () => framed)), resolve))
  const signalledMs = wallMs()
  node.signal('SIGTERM')
  const { code } = await node.ended
  const tookMs = wallMs() - signalledMs
  await ended
  const result = await load.stop()
  expect(code).toBe(0)
  expect(tookMs).toBeLessThan(3000)
  expectRightAnswers(result)
  const early = lossesOf(result).filter((loss) => (loss as { sentMs: number }).sentMs < signalledMs)
  expect(early).toEqual([])
  // It went on answering while it drained.
  const late = result.outcomes.filter((one) => one.tookMs !== undefined && one.sentMs > signalledMs)
  expect(late.length).toBeGreaterThan(0)
  const answers = Buffer.concat(bytes)
  const size = 2 + answers.readUInt16BE(0)
  expect(answers.length).toBe(100 * size)
})
