// What `explain` prints: told by the function that answers, whose bytes it does not change.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ask, explain, makeWorld, type QuestionText } from '../../support/snapshot.ts'

const world = makeWorld({
  zones: {
    'example.com': `$TTL 60
www   A     192.0.2.1
alias CNAME www
out   CNAME www.example.net.
*.w   A     192.0.2.2
sub   NS    ns.sub
ns.sub A    192.0.2.3
big   TXT   ${Array.from({ length: 8 }, () => 'x'.repeat(250)).join(' ')}
`,
  },
  networks: [
    { cidr: '192.0.2.0/24', country: 'IE', at: { lat: 53.3, lon: -6.3 } },
    { cidr: '198.51.100.0/24', country: 'JP' },
  ],
  pools: {
    eu: { at: [53, -8], targets: ['203.0.113.1', '203.0.113.2'] },
    us: { at: [39, -77.5], targets: ['203.0.113.3'] },
  },
  services: {
    web: {
      geo: [
        {
          where: ['country JP'],
          to: {
            weighted: [
              { to: 'us', weight: 9 },
              { to: 'eu', weight: 1 },
            ],
          },
        },
        { where: ['continent EU'], to: { failover: ['eu', 'us'] } },
        { to: { nearest: ['us', 'eu'] } },
      ],
    },
  },
  owners: { web: 'web' },
})

function told(question: QuestionText, from = '192.0.2.9'): string[] {
  return explain(world, question, { from }).steps.map(
    ({ topic, depth, text }) => `${topic}: ${'  '.repeat(depth)}${text}`,
  )
}

const answersWith = (line: string) => line.includes('answers 203')

test.each<[QuestionText, string[]]>([
  [{ name: 'www.example.com' }, ['zone: example.com', 'name: www.example.com. exists']],
  [
    { name: 'x.w.example.com' },
    ['zone: example.com', 'name: does not exist; the wildcard *.w.example.com. stands for it'],
  ],
  [
    { name: 'x.www.example.com' },
    [
      'zone: example.com',
      'name: does not exist; the closest name that does is www.example.com.',
      'negative: the SOA says the absence may be kept for 30 s',
    ],
  ],
  [
    { name: 'x.sub.example.com' },
    ['zone: example.com', 'name: is delegated at sub.example.com.', 'referral: 1 name servers, 1 addresses of theirs'],
  ],
  [
    { name: 'out.example.com' },
    [
      'zone: example.com',
      'name: out.example.com. exists',
      'alias: the target is in none of our zones: the resolver goes on from here',
    ],
  ],
  [{ name: 'example.net' }, ['zone: in none of our zones: REFUSED']],
  [
    { name: 'big.example.com', type: 16 },
    [
      'zone: example.com',
      'name: big.example.com. exists',
      'size: does not fit: truncated, the client asks again over TCP',
    ],
  ],
])('%o', (question, expected) => expect(told(question)).toEqual(expected))

test('a steered answer is told step by step', () => {
  world.set('203.0.113.2', 'down')
  expect(told({ name: 'web.example.com', subnet: '192.0.2.0/24' }, '9.9.9.9')).toEqual([
    'zone: example.com',
    'name: web.example.com. exists',
    'service: web',
    'client: 192.0.2.0 by EDNS Client Subnet, in IE, Europe (at 53.3, -6.3)',
    'record: 192.0.2.0/24 by own networks',
    'scope: /24: every client within that prefix is treated alike',
    'steer:   geo: failover, nearest → failover, nearest',
    "steer:   geo: the client's continent leads to failover",
    'steer:     failover: eu, us → eu, us',
    'steer:     failover: tries pool eu (1 of 2)',
    'steer:       pool eu answers 203.0.113.1',
    'steer:       passed over 203.0.113.2: down',
    'ttl: 30 s, as the service says',
  ])
  world.set('203.0.113.2', 'up')
})

test('so is one for which everything is down', () => {
  for (const target of world.rows.keys()) world.set(target, 'down')
  const lines = told({ name: 'web.example.com' })
  for (const target of world.rows.keys()) world.set(target, 'up')
  expect(lines).toContain('all down: nothing is usable: fails open and answers with everything')
  expect(lines).toContain("steer:   geo: the client's continent leads to failover")
  expect(lines).toContain('steer:       pool eu is not usable: less than half of its weight is up')
  expect(lines.some(answersWith)).toBe(false)
})

test('weights and odds are told', () => {
  const lines = told({ name: 'web.example.com' }, '198.51.100.1')
  expect(
    lines.some((line) => /weighted: pool (us|eu) is drawn \(\d of 10; its share is [91] of 10, [91]0 %\)/.test(line)),
  ).toBe(true)
})

test('distances are told', () => {
  const unknown = told({ name: 'web.example.com' }, '9.9.9.9')
  expect(unknown).toContain('steer:     nearest: pool us is at an unknown distance')
})

test('a subnet that is no public address is told to be passed over, with the scope of its range', () => {
  const lines = told({ name: 'web.example.com', subnet: '10.1.0.0/16' })
  expect(lines).toContain('client: the Client Subnet is no public address: the sender counts instead')
  expect(lines.filter((line) => line.startsWith('scope'))).toEqual([
    'scope: /8: every client within that prefix is treated alike',
  ])
})

test('telling does not change what is answered', () => {
  const question = fc.record({
    name: fc
      .constantFrom('www', 'alias', 'out', 'x.w', 'sub', 'web', 'WEB', 'nothing', 'big')
      .map((owner) => `${owner}.example.com`),
    type: fc.constantFrom(1, 28, 16, 255, 2),
    subnet: fc.constantFrom('192.0.2.0/24', '198.51.100.0/24', '10.0.0.0/8', '2001:db8::/56', '0.0.0.0/0'),
  })
  const states = fc.array(fc.constantFrom<'up' | 'down' | 'drained'>('up', 'down', 'drained'), {
    minLength: 3,
    maxLength: 3,
  })
  fc.assert(
    fc.property(question, states, fc.nat(100_000), (asked, health, later) => {
      for (const [i, target] of [...world.rows.keys()].entries()) world.set(target, health[i]!)
      const options = { from: '198.51.100.7', nowSec: 1_800_000_000 + later }
      expect(explain(world, asked, options).response).toEqual(ask(world, asked, options))
    }),
    { seed: 1, numRuns: 500 },
  )
})

test.each([
  [
    'weighted',
    {
      weighted: [
        { to: 'eu', weight: 1 },
        { to: 'us', weight: 1 },
      ],
    },
  ],
  ['nearest', { nearest: ['eu', 'us'] }],
])('%s says of what fell out which targets are down', (_policy, steer) => {
  const world = makeWorld({
    pools: { eu: { at: [53, -6], targets: ['192.0.2.10'] }, us: { at: [39, -77], targets: ['198.51.100.10'] } },
    services: { web: steer },
    owners: { www: 'web' },
  })
  world.set('192.0.2.10', 'down')
  const { response, steps } = explain(world, { name: 'www.example.com' })
  const told = steps.map(({ text }) => text)
  expect(told).toContain('passed over 192.0.2.10: down')
  expect(told).toContain('pool us answers 198.51.100.10')
  expect([...response.subarray(-4)]).toEqual([198, 51, 100, 10])
})

test('each node is told with its candidates, and why some fell out', () => {
  for (const target of world.rows.keys()) world.set(target, 'up')
  world.set('203.0.113.1', 'down')
  world.set('203.0.113.2', 'drained')
  const { tree } = explain(world, { name: 'web.example.com', subnet: '192.0.2.0/24' }, { from: '9.9.9.9' })
  for (const target of world.rows.keys()) world.set(target, 'up')
  const short = 'less than half of its weight is up'
  const fallen = [
    { name: '203.0.113.1', why: 'down' },
    { name: '203.0.113.2', why: 'drained' },
  ]
  expect(tree).toEqual([
    {
      node: 'geo',
      depth: 1,
      before: ['failover', 'nearest'],
      after: ['failover', 'nearest'],
      out: [],
      chosen: ['failover'],
    },
    {
      node: 'failover',
      depth: 2,
      before: ['pool eu', 'pool us'],
      after: ['pool us'],
      out: [{ name: 'pool eu', why: short }],
      chosen: ['pool us'],
    },
    {
      node: 'pool eu',
      depth: 3,
      before: ['203.0.113.1', '203.0.113.2'],
      after: [],
      out: fallen,
      chosen: [],
    },
    {
      node: 'pool us',
      depth: 3,
      before: ['203.0.113.3'],
      after: ['203.0.113.3'],
      out: [],
      chosen: ['203.0.113.3'],
    },
  ])
})
