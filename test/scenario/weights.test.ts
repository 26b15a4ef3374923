// Shares on the wire: distinct clients are dealt out in proportion to weights. The dice are a keyed hash of the secret, the
// service, the client's prefix and the time slot, so with a fixed secret, fixed clients and a clock that stands still there
// is no chance left: these tests pass always or never, and p says how likely true chance would be to look like that.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { type DnsClient, openDnsClient } from '../support/dns-client.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'

const CLIENTS = 20_000
/** Clients under way at once: less than what a receive buffer holds. */
const AT_ONCE = 200

const weighted = [
  { to: 'major', weight: 90 },
  { to: 'minor', weight: 10 },
]
const zone = {
  zone: 'example.com',
  ns: ['ns.example.net.'],
  soa: {},
  records: { local: { service: 'local' }, global: { service: 'global' }, ramped: { service: 'ramped' } },
  pools: {
    major: { targets: [10, 11, 12].map((last, i) => ({ address: `192.0.2.${last}`, weight: [1, 3, 6][i] })) },
    minor: { targets: [{ address: '198.51.100.10' }] },
  },
  services: {
    // Neighbours are treated by branches of their own: the dice are keyed by the prefix that the scope covers.
    local: {
      ttl: '1h',
      steer: {
        geo: [
          { where: ['country IE'], to: 'minor' },
          { where: ['network odd'], to: { weighted } },
          { to: { weighted } },
        ],
      },
    },
    // The same for all places: scope 0, and the dice are keyed by the address that asks.
    global: { ttl: '1h', steer: { weighted } },
    // Half way on the clock of this test.
    ramped: {
      ttl: '1h',
      steer: {
        weighted: [
          { to: 'major' },
          { to: 'minor', percent: '20%', ramp: { to: '80%', over: '2h', from: '2027-01-15T07:00:00Z' } },
        ],
      },
    },
  },
}

/** The i-th /24 from 11.0.0.0 on; its neighbours are treated by another branch, so that each has a scope of 24. */
function networkOf(i: number): string {
  return `${11 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`
}

const started: { folder?: Folder; node?: Running } = {}
beforeAll(async () => {
  started.folder = openFolder({
    'meridian.yaml': {
      listen: ['127.0.0.1:0'],
      admin: { listen: '127.0.0.1:0' },
      workers: 2,
      geo: { databases: ['places.mmdb'], networks: 'networks.yaml' },
      secret: 'the dice of this test',
    },
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'networks.yaml': {
      networks: Array.from({ length: CLIENTS }, (_, i) => ({ cidr: networkOf(i), name: i % 2 === 0 ? 'even' : 'odd' })),
    },
    'zones/example.com.yaml': zone,
  })
  started.node = await startMeridian('serve', `${started.folder.path}/meridian.yaml`, { nowMs: 1_800_000_000_000 })
}, 60_000)
afterAll(async () => {
  await started.node?.stop()
  started.folder?.[Symbol.dispose]()
})

interface Dealt {
  readonly address: string
  readonly scope: number | undefined
}

async function askFor(client: DnsClient, query: Uint8Array): Promise<Dealt> {
  const reply = await client.ask(query)
  if (!reply) throw new Error('a question was not answered')
  const { answer, edns } = decodeWithDns2(reply.bytes)
  if (answer.length !== 1) throw new Error(`expected one address, found ${answer.length}`)
  return { address: answer[0]!.data, scope: edns?.subnet?.scope }
}

/** Runs `ask` for each client, `AT_ONCE` at a time. */
async function askForAll(ask: (i: number) => Promise<Dealt>): Promise<Dealt[]> {
  const dealt: Dealt[] = []
  let next = 0
  const one = async (): Promise<void> => {
    for (let i = next++; i < CLIENTS; i = next++) dealt[i] = await ask(i)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return dealt
}

/** The p value of Pearson's chi-square test: how likely chance alone would be at least as far from these shares. */
function fit(dealt: readonly Dealt[], shares: Readonly<Record<string, number>>): number {
  const counts = new Map<string, number>()
  for (const { address } of dealt) counts.set(address, (counts.get(address) ?? 0) + 1)
  expect([...counts.keys()].filter((address) => !(address in shares))).toEqual([])
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0)
  let statistic = 0
  for (const [address, share] of Object.entries(shares)) {
    const wanted = (dealt.length * share) / total
    statistic += ((counts.get(address) ?? 0) - wanted) ** 2 / wanted
  }
  return tailOfChiSquare(statistic, Object.keys(shares).length - 1)
}

/** The upper tail for 1, 2 or 3 degrees of freedom, in closed form. */
function tailOfChiSquare(x: number, freedom: number): number {
  if (freedom === 2) return Math.exp(-x / 2)
  const ofOne = complementaryError(Math.sqrt(x / 2))
  return freedom === 1 ? ofOne : ofOne + Math.sqrt((2 * x) / Math.PI) * Math.exp(-x / 2)
}

/** erfc by Abramowitz and Stegun 7.1.26, to 1.5e-7. */
function complementaryError(x: number): number {
  const t = 1 / (1 + 0.3275911 * x)
  const poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
  return poly * Math.exp(-x * x)
}

test.each([
  [3.841, 1, 0.05],
  [10.828, 1, 0.001],
  [13.816, 2, 0.001],
  [16.266, 3, 0.001],
])('the tail of chi-square from %f at %i degrees of freedom is %f', (x, freedom, p) => {
  expect(tailOfChiSquare(x, freedom)).toBeCloseTo(p, 4)
})

function verifyShares(dealt: readonly Dealt[]): void {
  const isMinor = ({ address }: Dealt): boolean => address === '198.51.100.10'
  const sides = dealt.map((one) => ({ ...one, address: isMinor(one) ? 'minor' : 'major' }))
  expect(fit(sides, { major: 90, minor: 10 })).toBeGreaterThan(0.001)
  const inMajor = dealt.filter((one) => !isMinor(one))
  expect(fit(inMajor, { '192.0.2.10': 1, '192.0.2.11': 3, '192.0.2.12': 6 })).toBeGreaterThan(0.001)
  // All at once: branch and target are drawn independently.
  expect(fit(dealt, { '192.0.2.10': 9, '192.0.2.11': 27, '192.0.2.12': 54, '198.51.100.10': 10 })).toBeGreaterThan(
    0.001,
  )
  // And it would be noticed if they were not.
  expect(fit(sides, { major: 91, minor: 9 })).toBeLessThan(0.001)
}

test('20 000 networks by Client Subnet, each with a scope of its own', async () => {
  await using client = await openDnsClient(started.node!.dns)
  const dealt = await askForAll((i) => askFor(client, writeQuery({ name: 'local.example.com', subnet: networkOf(i) })))
  expect(new Set(dealt.map(({ scope }) => scope))).toEqual(new Set([24]))
  verifyShares(dealt)
})

test('20 000 addresses that ask for themselves, where the scope is 0', async () => {
  const query = writeQuery({ name: 'global.example.com' })
  const dealt = await askForAll(async (i) => {
    await using client = await openDnsClient(started.node!.dns, `127.${1 + (i >> 8)}.${i & 255}.7`)
    return await askFor(client, query) // while the client is open
  })
  verifyShares(dealt)
})

test('a ramp is where the clock says from the first answer on', async () => {
  const dealt: Dealt[] = []
  for (let i = 0; i < 400; i++) {
    await using sender = await openDnsClient(started.node!.dns, `127.200.${i >> 8}.${i & 255}`)
    dealt.push(await askFor(sender, writeQuery({ name: 'ramped.example.com' }))) // while the sender is open
  }
  const minor = dealt.filter(({ address }) => address === '198.51.100.10').length
  expect(Math.abs(minor - 200)).toBeLessThan(4 * Math.sqrt(100))
})

test('the node itself says that its splits are within chance', async () => {
  const { splits } = (await started.node!.status()) as unknown as {
    splits: { node: string; verdict: string; draws: number }[]
  }
  expect(splits).toMatchObject([
    { service: 'local', node: 'steer.geo.1.to.weighted', verdict: 'within chance' },
    { service: 'local', node: 'steer.geo.2.to.weighted', verdict: 'within chance' },
    { service: 'global', node: 'steer.weighted', verdict: 'within chance' },
    // A ramp is under way.
    { service: 'ramped', node: 'steer.weighted', verdict: 'too few draws', draws: 0 },
  ])
  // One in some ten thousand looks like another that was counted before.
  const [odd, even, all] = splits.map(({ draws }) => draws)
  for (const draws of [odd! + even!, all!]) expect(CLIENTS - draws).toBeLessThan(10)
  const metrics = await started.node!.metrics()
  expect(metrics).toContain('meridian_split_fair{zone="example.com",service="global",node="steer.weighted"} 1')
  expect(metrics).toContain(
    'meridian_draw_share{zone="example.com",service="global",node="steer.weighted",member="minor"} 0.1',
  )
  const drawn = [...metrics.matchAll(/^meridian_draws_total\{.*service="global".*\} (\d+)$/gm)].map(([, count]) =>
    Number(count),
  )
  expect(drawn.reduce((a, b) => a + b, 0)).toBe(all)
})
