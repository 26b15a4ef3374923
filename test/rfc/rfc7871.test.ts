// Client Subnet (RFC 7871 §6, §7.2.1, §11): what is refused, what is echoed, and for which clients the answer is said to hold.

import { describe, expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import { Count } from '../../src/core/answer/counters.ts'
import { askBoth, askRaw, readMessage } from '../support/oracle.ts'
import { opt, option, packet, question, subnet } from '../support/packet.ts'
import { askBytes, explain, makeWorld, writeQuery } from '../support/snapshot.ts'

const pool = (last: number) => ({ targets: [`203.0.113.${last}`, `2001:db8:ffff::${last}`] })

const world = makeWorld({
  zones: {
    'example.com': `$TTL 60
static    A     192.0.2.80
alias     CNAME www
to-static CNAME static
sub       NS    ns.example.net.
`,
  },
  networks: [
    { cidr: '192.0.2.0/24', country: 'IE' },
    { cidr: '198.51.100.0/25', country: 'US' },
    { cidr: '2001:db8:1::/48', country: 'IE' },
    { cidr: '2001:db8:1:ff00::/56', country: 'US' },
    { cidr: '10.1.0.0/16', country: 'US', name: 'office' },
    { cidr: 'fd00:1::/32', country: 'US' },
  ],
  pools: {
    eu: pool(1),
    us: pool(2),
    ap: pool(3),
    four: { targets: ['203.0.113.4'] },
  },
  services: {
    web: { geo: [{ where: ['country IE'], to: 'eu' }, { where: ['country US'], to: 'us' }, { to: 'ap' }] },
    flat: {
      weighted: [
        { to: 'eu', weight: 1 },
        { to: 'us', weight: 1 },
      ],
    },
    mixed: { geo: [{ where: ['country IE'], to: 'four' }, { to: 'ap' }] },
  },
  owners: { www: 'web', flat: 'flat', mixed: 'mixed' },
})

const regions: Readonly<Record<string, string>> = { 1: 'eu', 2: 'us', 3: 'ap' }

/** "eu 192.0.2.0/24 scope 24" */
function steered(client: string, from: string, type = 1): string {
  const { answer, subnet: echoed } = askBoth(world, { name: 'www.example.com', type, subnet: client }, { from })
  expect(answer).toHaveLength(1)
  return `${regions[answer[0]!.at(-1)!]} ${echoed}`
}

describe('malformed options are answered with FORMERR, and are not echoed', () => {
  test.each([
    ['no address family', []],
    ['half a head', [0, 1, 24]],
    ['an unknown family with a prefix', [0, 3, 8, 0, 1]],
    ['family 0 with a prefix', [0, 0, 8, 0, 1]],
    ['more than 32 bits of IPv4', [0, 1, 33, 0, 192, 0, 2, 1, 0]],
    ['more than 128 bits of IPv6', [0, 2, 129, 0, ...new Array<number>(17).fill(0)]],
    ['a scope in a request', [0, 1, 24, 24, 192, 0, 2]],
    ['an address that is too short', [0, 1, 24, 0, 192, 0]],
    ['an address that is too long', [0, 1, 24, 0, 192, 0, 2, 0]],
    ['a whole address for a prefix of 0', [0, 1, 0, 0, 192, 0, 2, 0]],
    ['bits beyond the prefix', [0, 1, 23, 0, 192, 0, 3]],
    ['bits beyond a short prefix', [0, 1, 1, 0, 192]],
    ['IPv6 bits beyond the prefix', [0, 2, 47, 0, 0x20, 1, 0xd, 0xb8, 0, 1]],
  ])('%s', (_, data) => {
    const query = packet({ additionals: [opt({ options: [option(8, data)] })] })
    const reading = askRaw(openContext(world.bound, 'udp'), query)
    expect(reading).toMatchObject({ rcode: 'FORMERR', flags: 'qr', answer: [], subnet: undefined })
    expect(reading.edns).toBeDefined()
  })
})

describe('what came is echoed bit for bit', () => {
  test.each([
    ['static.example.com', '192.0.2.0/24'],
    ['static.example.com', '128.0.0.0/1'],
    ['static.example.com', '192.0.2.77/32'],
    ['static.example.com', '192.0.2.64/27'],
    ['static.example.com', '2001:db8::/56'],
    ['static.example.com', '2001:db8::/61'],
    ['static.example.com', '2001:db8::1/128'],
    ['static.example.com', '::/0'],
    ['nothing.example.com', '192.0.2.0/24'],
    ['x.sub.example.com', '192.0.2.0/24'],
    ['www.example.net', '192.0.2.0/24'],
    ['to-static.example.com', '192.0.2.0/24'],
    ['flat.example.com', '192.0.2.0/24'],
  ])('%s for %s: not tailored, so scope 0', (name, client) => {
    expect(askBoth(world, { name, subnet: client }).subnet).toBe(`${client} scope 0`)
  })

  test('only the first option counts, and other options around it do not matter', () => {
    const options = [
      option(10, [1, 2, 3, 4, 5, 6, 7, 8]),
      subnet(1, 24, 0, [192, 0, 2]),
      subnet(1, 24, 0, [198, 51, 100]),
    ]
    const query = packet({ additionals: [opt({ options })] })
    expect(askRaw(openContext(world.bound, 'udp'), query).subnet).toBe('192.0.2.0/24 scope 24')
  })

  test('family 0 without an address, as some clients say "none", comes back as it is', () => {
    const options = [subnet(0, 0, 0, [])]
    const query = packet({ questions: [question('flat.example.com')], additionals: [opt({ options })] })
    const response = askBytes(openContext(world.bound, 'udp'), query)!
    expect(readMessage(response).answer).toHaveLength(1)
    expect([...response.subarray(-8)]).toEqual([0, 8, 0, 4, 0, 0, 0, 0])
  })

  test('without the option there is none in the answer', () => {
    expect(askBoth(world, { name: 'www.example.com', edns: true }).subnet).toBeUndefined()
  })
})

describe('the scope of a steered answer is that of the clients who are treated alike', () => {
  test.each([
    ['192.0.2.0/24', 'eu', 24, 'a network of ours'],
    ['192.0.2.128/25', 'eu', 24, 'wider than what was asked'],
    ['192.0.0.0/16', 'ap', 24, 'narrower than what was asked: its first address is elsewhere'],
    ['198.51.100.0/24', 'us', 25, 'narrower, and the other half is elsewhere'],
    ['198.51.100.128/25', 'ap', 25, 'that other half'],
    ['8.8.8.0/24', 'ap', 7, 'as wide as it can be without touching another place'],
    ['2001:db8:1::/48', 'eu', 49, 'IPv6 with an exception inside it'],
    ['2001:db8:1:8000::/52', 'eu', 50, 'nearer to the exception'],
    ['2001:db8:1:ff00::/56', 'us', 56, 'the exception'],
    ['2001:db8:2::/48', 'ap', 47, 'beside it'],
  ])('%s → %s, scope %d: %s', (client, region, scope) => {
    expect(steered(client, '8.8.8.8')).toBe(`${region} ${client} scope ${scope}`)
    expect(steered(client, '8.8.8.8', 28)).toBe(`${region} ${client} scope ${scope}`)
  })
})

describe('IPv4 addresses inside IPv6 ones are where the IPv4 address is, and scopes count from the front', () => {
  test.each([
    ['mapped', '::ffff:192.0.2.0/120', 'eu', 120],
    ['mapped', '::ffff:198.51.100.7/128', 'us', 121],
    ['NAT64', '64:ff9b::c000:200/120', 'eu', 120],
    ['6to4', '2002:c000:200::/48', 'eu', 40],
    ['6to4', '2002:c633:6400::/40', 'us', 41],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fd00/120', 'eu', 120],
  ])('%s %s → %s, scope %d', (_, client, region, scope) => {
    expect(steered(client, '8.8.8.8')).toBe(`${region} ${client} scope ${scope}`)
  })

  test.each([
    ['6to4', '2002::/16', 24],
    ['NAT64', '64:ff9b::/96', 104],
    ['NAT64, as resolvers cut it', '64:ff9b::/56', 104],
    ['Teredo, all of whose bits are turned over', '2001::/32', 99],
  ])(
    '%s %s says nothing of the IPv4 address: the sender counts, and scope %d asks for more bits',
    (_, client, scope) => {
      expect(steered(client, '192.0.2.1')).toBe(`eu ${client} scope ${scope}`)
      expect(steered(client, '198.51.100.1')).toBe(`us ${client} scope ${scope}`)
    },
  )

  test('ISATAP hides among ordinary addresses, so a subnet of it is one', () => {
    expect(steered('2001:db8:1::5efe:198.51.100.1/128', '8.8.8.8')).toBe('eu 2001:db8:1::5efe:c633:6401/128 scope 49')
    const sender = askBoth(world, { name: 'www.example.com' }, { from: '2001:db8:1::5efe:198.51.100.1' })
    expect(sender.answer[0]).toMatch(/\.2$/)
  })
})

describe('who has no public address is where its resolver is', () => {
  test.each([
    ['192.168.7.0/24', 16],
    ['172.16.0.0/12', 12],
    ['10.2.3.0/24', 15],
    ['100.64.0.0/24', 10],
    ['127.0.0.0/8', 8],
    ['169.254.1.0/24', 16],
    ['fe80::/64', 9],
    ['fc00::/56', 8],
    ['fd00:2::/56', 31],
    ['::1/128', 104],
    ['::ffff:10.2.0.0/112', 111],
  ])('%s, for all of that range: scope %d', (client, scope) => {
    expect(steered(client, '192.0.2.1')).toBe(`eu ${client} scope ${scope}`)
    expect(steered(client, '198.51.100.1')).toBe(`us ${client} scope ${scope}`)
    expect(steered(client, '2001:db8:1::1')).toBe(`eu ${client} scope ${scope}`)
  })

  test.each([
    ['10.1.2.0/24', 16],
    ['fd00:1::/56', 32],
  ])('%s is a network of the operator’s, and so is somewhere', (client, scope) => {
    expect(steered(client, '192.0.2.1')).toBe(`us ${client} scope ${scope}`)
  })
})

test.each(['0.0.0.0/0', '::/0'])(
  '%s asks not to be located: the sender counts, and the answer holds for all',
  (client) => {
    expect(steered(client, '192.0.2.1')).toBe(`eu ${client} scope 0`)
    expect(steered(client, '198.51.100.1')).toBe(`us ${client} scope 0`)
  },
)

test('the subnet comes before the sender', () => {
  expect(steered('192.0.2.0/24', '198.51.100.1')).toBe('eu 192.0.2.0/24 scope 24')
})

describe('chains', () => {
  test('what is tailored is not joined to an alias that is not (§7.2.1)', () => {
    expect(askBoth(world, { name: 'alias.example.com', subnet: '192.0.2.0/24' })).toMatchObject({
      rcode: 'NOERROR',
      answer: ['alias.example.com. 60 CNAME www.example.com.'],
      authority: [],
      subnet: '192.0.2.0/24 scope 0',
    })
  })

  test.each([
    ['without the option', {}],
    ['where it asks not to be located', { subnet: '0.0.0.0/0' }],
  ])('the chain is whole %s', (_, more) => {
    expect(askBoth(world, { name: 'alias.example.com', ...more }, { from: '192.0.2.1' }).answer).toEqual([
      'alias.example.com. 60 CNAME www.example.com.',
      'www.example.com. 30 A 203.0.113.1',
    ])
  })
})

test('nobody is steered by no data (§7.4): what the pool of a place lacks comes from the next one, with the scope of the place', () => {
  const ask = (subnet: string) => askBoth(world, { name: 'mixed.example.com', type: 28, subnet })
  expect(ask('192.0.2.0/24')).toMatchObject({
    answer: ['mixed.example.com. 30 AAAA 2001:db8:ffff::3'],
    subnet: '192.0.2.0/24 scope 24',
  })
  expect(ask('8.8.8.0/24').answer).toEqual(['mixed.example.com. 30 AAAA 2001:db8:ffff::3'])
})

describe('a server need not take a subnet from everybody (§7.2.1): then the sender counts, and the answer says 0', () => {
  const places = {
    networks: [
      { cidr: '192.0.2.0/24', country: 'IE' },
      { cidr: '198.51.100.0/24', country: 'US' },
    ],
    pools: { eu: pool(1), us: pool(2) },
    services: { web: { geo: [{ where: ['country IE'], to: 'eu' }, { to: 'us' }] } },
    owners: { www: 'web' },
    zones: { 'example.com': 'alias CNAME www\n' },
  } as const
  const taken = ['eu', '192.0.2.0/24 scope 24']
  const refused = ['us', '192.0.2.0/24 scope 0']

  test.each([
    ['any', '198.51.100.1', taken],
    ['off', '198.51.100.1', refused],
    [['198.51.100.0/28', '2001:db8::/32'], '198.51.100.1', taken],
    [['198.51.100.0/28', '2001:db8::/32'], '::ffff:198.51.100.15', taken],
    [['198.51.100.0/28', '198.51.100.0/25', '198.51.100.0/28'], '198.51.100.100', taken],
    [['198.51.100.0/28', '2001:db8::/32'], '198.51.100.16', refused],
    [['198.51.100.0/28', '2001:db8::/32'], '2001:db8::53', taken],
    [['198.51.100.0/28', '2001:db8::/32'], '2001:db9::53', refused],
    [['0.0.0.0/0'], '198.51.100.1', taken],
    [['0.0.0.0/0'], '2001:db8::53', refused],
  ])('from %j, by %s: %j', (ecs, from, expected) => {
    const { answer, subnet: echoed } = askBoth(
      makeWorld({ ...places, ecs }),
      { name: 'www.example.com', subnet: '192.0.2.0/24' },
      { from },
    )
    expect([regions[answer[0]!.at(-1)!], echoed]).toEqual(expected)
  })

  test('a subnet that is not taken ends no chain of aliases', () => {
    const ask = (ecs: string) =>
      askBoth(makeWorld({ ...places, ecs }), { name: 'alias.example.com', subnet: '192.0.2.0/24' }).answer.length
    expect([ask('any'), ask('off')]).toEqual([1, 2])
  })

  test('it is counted and told', () => {
    const limited = makeWorld({ ...places, ecs: ['198.51.100.0/24'] })
    const context = openContext(limited.bound, 'udp')
    for (const from of ['198.51.100.1', '9.9.9.9', '2001:db8::1'])
      askBytes(context, writeQuery({ name: 'www.example.com', subnet: '192.0.2.0/24' }), from)
    expect(context.counters[Count.subnetsRefused]).toBe(2)
    const { steps } = explain(limited, { name: 'www.example.com', subnet: '192.0.2.0/24' }, { from: '9.9.9.9' })
    expect(steps.filter(({ topic }) => topic === 'client').map(({ text }) => text)).toEqual([
      'the Client Subnet is not taken from this resolver in this zone: the sender counts instead',
      '9.9.9.9 by the sender, in an unknown place',
    ])
  })
})
