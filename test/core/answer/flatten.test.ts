// ALIAS: a name that has the addresses of another one, from what was resolved beforehand or from our own zones.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openContext } from '../../../src/core/answer/context.ts'
import { printAddress } from '../../../src/core/base/address.ts'
import { typeByName } from '../../../src/core/wire/rdata/index.ts'
import { askBoth, askRaw } from '../../support/oracle.ts'
import { explain, makeWorld, NOW, type ResolutionText, type TestWorld, writeQuery } from '../../support/snapshot.ts'

const zones = {
  'example.com': `$TTL 300
@         SOA   ns1 hostmaster 7 3600 900 1209600 30
@         NS    ns1
@         MX    10 mail
@         TXT   "here"
@         ALIAS cdn.example.net.
ns1       A     192.0.2.53
mail 60   ALIAS cdn.example.net.
*.wild    ALIAS CDN.Example.NET.
www       CNAME @
own       ALIAS host
host 120  A     192.0.2.1
host      A     192.0.2.2
chain     ALIAS hop
hop 90    CNAME second
second    ALIAS there.example.org.
out       ALIAS leads-out
leads-out CNAME far.example.net.
old       DNAME moved.example.org.
by-dname  ALIAS a.old
steered   ALIAS web
picked    ALIAS choice
deleg     ALIAS www.lab
lab       NS    ns.lab
ns.lab    A     192.0.2.82
nowhere   ALIAS nothing.example.org.
to-mx     ALIAS text
text      TXT   "no address"
`,
  'example.org': 'there A 192.0.2.9\na.moved 40 A 192.0.2.10\n*.any ALIAS @\n@ A 192.0.2.11\n',
}

const cdn = 'cdn.example.net.'
const soa = 'example.com. 30 SOA ns1.example.com. hostmaster.example.com. 7 3600 900 1209600 30'

function worldWith(known: Readonly<Record<string, ResolutionText>> = {}): TestWorld {
  const world = makeWorld({
    zones,
    pools: {
      eu: { targets: ['203.0.113.1'] },
      us: { targets: ['203.0.113.2'] },
      cdn1: { targets: [{ cname: 'one.example.net.' }] },
      cdn2: { targets: [{ cname: 'two.example.net.' }] },
    },
    services: {
      web: {
        ttl: 20,
        steer: { geo: [{ where: ['country IE'], to: 'eu' }, { to: 'us' }] },
      },
      choice: {
        ttl: 25,
        steer: { geo: [{ where: ['country IE'], to: 'cdn1' }, { to: 'cdn2' }] },
      },
    },
    owners: { web: 'web', choice: 'choice' },
    networks: [
      { cidr: '198.51.100.0/24', country: 'IE' },
      { cidr: '203.0.0.0/16', country: 'US' },
    ],
  })
  for (const [key, value] of Object.entries(known)) {
    const [name = '', type = ''] = key.split(' ')
    world.resolve(name, type as 'A' | 'AAAA', value)
  }
  return world
}

function ask(world: TestWorld, text: string, options: { at?: number; subnet?: string; transport?: 'tcp' } = {}) {
  const [name = '', type = ''] = text.split(' ')
  return askBoth(
    world,
    { name, type: type === 'ANY' ? 255 : typeByName(type)!.code, ...(options.subnet && { subnet: options.subnet }) },
    { nowSec: options.at ?? NOW, ...(options.transport && { transport: options.transport }) },
  )
}

/** The code of the extended error, -1 where there is none. */
function edeOf(world: TestWorld, name: string, type = 1): number {
  const context = openContext(world.bound, 'udp')
  askRaw(context, writeQuery({ name, type, edns: true }))
  return context.ede === -1 ? -1 : context.ede & 0xffff
}

const two = { addresses: ['192.0.2.7', '192.0.2.8'], ttlSec: 60 }

describe('a name with an ALIAS', () => {
  const world = worldWith({
    [`${cdn} A`]: two,
    [`${cdn} AAAA`]: { addresses: ['2001:db8::7'], ttlSec: 45, ageSec: 5 },
  })

  test('has the addresses of its target, as records of its own, with AA and without a CNAME', () => {
    expect(ask(world, 'example.com A')).toMatchObject({
      rcode: 'NOERROR',
      flags: 'qr aa',
      answer: ['example.com. 60 A 192.0.2.7', 'example.com. 60 A 192.0.2.8'],
      authority: [],
    })
  })

  test('has A and AAAA each with what is left of its own time', () => {
    expect(ask(world, 'example.com AAAA').answer).toEqual(['example.com. 40 AAAA 2001:db8::7'])
    expect(ask(world, 'example.com A', { at: NOW + 20 }).answer[0]).toBe('example.com. 40 A 192.0.2.7')
  })

  test('keeps its other records', () => {
    expect(ask(world, 'example.com MX').answer).toEqual(['example.com. 300 MX 10 mail.example.com.'])
    expect(ask(world, 'example.com TXT').answer).toEqual(['example.com. 300 TXT "here"'])
    expect(ask(world, 'example.com SOA').answer).toHaveLength(1)
    expect(ask(world, 'example.com NS').answer).toHaveLength(1)
    expect(ask(world, 'example.com CAA')).toMatchObject({ rcode: 'NOERROR', answer: [], authority: [soa] })
  })

  test('tells nobody where its addresses come from', () => {
    expect(ask(world, 'example.com ALIAS')).toMatchObject({ rcode: 'NOERROR', answer: [], authority: [soa] })
    expect(ask(world, 'example.com ANY').answer).toEqual(['example.com. 3600 HINFO "RFC8482" ""'])
    expect(ask(world, 'mail.example.com ANY').answer).toEqual(['mail.example.com. 3600 HINFO "RFC8482" ""'])
  })

  test('is capped by its own TTL', () => {
    expect(ask(world, 'mail.example.com A').answer[0]).toBe('mail.example.com. 60 A 192.0.2.7')
    const long = worldWith({ [`${cdn} A`]: { ...two, ttlSec: 3000 } })
    expect(ask(long, 'mail.example.com A').answer[0]).toBe('mail.example.com. 60 A 192.0.2.7')
    expect(ask(long, 'example.com A').answer[0]).toBe('example.com. 300 A 192.0.2.7')
  })

  test('may be a wildcard, and the target’s capitals do not count', () => {
    expect(ask(world, 'a.b.wild.example.com A').answer[0]).toBe('a.b.wild.example.com. 60 A 192.0.2.7')
    expect(ask(world, '*.wild.example.com A').answer).toHaveLength(2)
  })

  test('is reached through a CNAME', () => {
    expect(ask(world, 'www.example.com A').answer).toEqual([
      'www.example.com. 300 CNAME example.com.',
      'example.com. 60 A 192.0.2.7',
      'example.com. 60 A 192.0.2.8',
    ])
  })

  test('is resolved once, however many names lead there', () => {
    expect(world.aliasTargets.filter((name) => name === cdn)).toHaveLength(1)
  })

  test('fits or is cut like any other answer', () => {
    const many = Array.from({ length: 32 }, (_, i) => `192.0.2.${i}`)
    const big = worldWith({ [`${cdn} A`]: { addresses: many } })
    expect(ask(big, 'example.com A')).toMatchObject({ flags: 'qr aa tc', answer: [] })
    expect(ask(big, 'example.com A', { transport: 'tcp' }).answer).toHaveLength(32)
    expect(askBoth(big, { name: 'example.com', udpSize: 1232 }).answer).toHaveLength(32)
  })
})

describe('what the target is in our own zones', () => {
  const world = worldWith({
    'far.example.net. A': { addresses: ['192.0.2.30'] },
    'www.lab.example.com. A': { addresses: ['192.0.2.31'], ttlSec: 30 },
    'one.example.net. A': { addresses: ['192.0.2.32'] },
    'two.example.net. A': { addresses: ['192.0.2.33'] },
  })

  test.each([
    ['own.example.com', ['own.example.com. 120 A 192.0.2.1', 'own.example.com. 120 A 192.0.2.2']],
    ['chain.example.com', ['chain.example.com. 90 A 192.0.2.9']],
    ['by-dname.example.com', ['by-dname.example.com. 40 A 192.0.2.10']],
    ['x.any.example.org', ['x.any.example.org. 40 A 192.0.2.11']],
  ])('%s is answered without any resolver', (name, answer) => expect(ask(world, `${name} A`).answer).toEqual(answer))

  test('what leads out of them is resolved', () => {
    expect(ask(world, 'out.example.com A').answer).toEqual(['out.example.com. 60 A 192.0.2.30'])
  })

  test('what is delegated away is resolved', () => {
    expect(ask(world, 'deleg.example.com A').answer).toEqual(['deleg.example.com. 30 A 192.0.2.31'])
  })

  test('only names that we do not know are asked for', () => {
    expect(world.aliasTargets.toSorted()).toEqual([
      cdn,
      'far.example.net.',
      'one.example.net.',
      'two.example.net.',
      'www.lab.example.com.',
    ])
  })

  test('a service steers each client, with its own scope and TTL', () => {
    expect(ask(world, 'steered.example.com A', { subnet: '198.51.100.0/24' })).toMatchObject({
      answer: ['steered.example.com. 20 A 203.0.113.1'],
      subnet: '198.51.100.0/24 scope 24',
    })
    expect(ask(world, 'steered.example.com A', { subnet: '203.0.113.0/24' })).toMatchObject({
      answer: ['steered.example.com. 20 A 203.0.113.2'],
      subnet: ask(world, 'web.example.com A', { subnet: '203.0.113.0/24' }).subnet,
    })
  })

  test('a service of CNAME targets is flattened for each client', () => {
    expect(ask(world, 'picked.example.com A', { subnet: '198.51.100.0/24' })).toMatchObject({
      answer: ['picked.example.com. 25 A 192.0.2.32'],
      subnet: '198.51.100.0/24 scope 24',
    })
    expect(ask(world, 'picked.example.com A', { subnet: '203.0.113.0/24' }).answer).toEqual([
      'picked.example.com. 25 A 192.0.2.33',
    ])
  })

  test('a target without addresses is no data', () => {
    expect(ask(world, 'nowhere.example.com A')).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa', authority: [soa] })
    expect(ask(world, 'to-mx.example.com A')).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa', authority: [soa] })
  })
})

describe('what the resolver does', () => {
  test('no answer yet is SERVFAIL, never a false "no data"', () => {
    const world = worldWith()
    expect(ask(world, 'example.com A')).toMatchObject({ rcode: 'SERVFAIL', flags: 'qr', answer: [], authority: [] })
    expect(edeOf(world, 'example.com')).toBe(14)
    expect(ask(world, 'www.example.com A')).toMatchObject({ rcode: 'SERVFAIL', answer: [] })
    expect(ask(world, 'example.com MX').rcode).toBe('NOERROR')
  })

  test('a resolver that has never answered is SERVFAIL', () => {
    const world = worldWith({ [`${cdn} A`]: { state: 'failed' } })
    expect(ask(world, 'example.com A').rcode).toBe('SERVFAIL')
    expect(edeOf(world, 'example.com')).toBe(23)
  })

  test('a target without such an address is no data', () => {
    const world = worldWith({ [`${cdn} A`]: two, [`${cdn} AAAA`]: { state: 'nothing' } })
    expect(ask(world, 'example.com AAAA')).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa', authority: [soa] })
    expect(edeOf(world, 'example.com', 28)).toBe(-1)
  })

  test('a target that does not exist is no data as well: the owner exists', () => {
    const world = worldWith({ [`${cdn} A`]: { state: 'nowhere' } })
    expect(ask(world, 'example.com A')).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa', authority: [soa] })
    expect(edeOf(world, 'example.com')).toBe(0)
  })

  test.each([
    ['a second before its time is over', 59, 5, -1],
    ['while it is asked for anew', 62, 5, -1],
    ['when nothing newer has come', 65, 30, 3],
    ['at the end of what is kept', 1060, 30, 3],
  ])('%s the last answer stays', (_when, after, ttl, ede) => {
    const world = worldWith({ [`${cdn} A`]: two })
    expect(ask(world, 'example.com A', { at: NOW + after })).toMatchObject({
      rcode: 'NOERROR',
      flags: 'qr aa',
      answer: [`example.com. ${ttl} A 192.0.2.7`, `example.com. ${ttl} A 192.0.2.8`],
    })
    const context = openContext(world.bound, 'udp')
    askRaw(context, writeQuery({ name: 'example.com', edns: true }), { nowSec: NOW + after })
    expect(context.ede === -1 ? -1 : context.ede & 0xffff).toBe(ede)
  })

  test('for longer than it is kept, nobody guesses', () => {
    const world = worldWith({ [`${cdn} A`]: two })
    expect(ask(world, 'example.com A', { at: NOW + 1061 }).rcode).toBe('SERVFAIL')
  })

  test('an absence stays too', () => {
    const world = worldWith({ [`${cdn} A`]: { state: 'nothing' } })
    expect(ask(world, 'example.com A', { at: NOW + 500 })).toMatchObject({ rcode: 'NOERROR', authority: [soa] })
  })
})

test('the answer on the wire is the last one that was given, whatever came before', () => {
  const world = worldWith()
  const context = openContext(world.bound, 'tcp')
  const address = (size: number) => fc.uint8Array({ minLength: size, maxLength: size })
  const said = fc.record({ addresses: fc.array(address(4), { minLength: 1, maxLength: 40 }), ttlSec: fc.nat(9000) })
  fc.assert(
    fc.property(fc.array(said, { minLength: 1, maxLength: 4 }), (answers) => {
      for (const { addresses, ttlSec } of answers)
        world.resolve(cdn, 'A', { addresses: addresses.map(printAddress), ttlSec })
      const { addresses, ttlSec } = answers.at(-1)!
      const ttl = Math.min(300, Math.max(5, ttlSec))
      const { rcode, answer } = askRaw(context, writeQuery({ name: 'example.com' }))
      expect(rcode).toBe('NOERROR')
      // 32 is as many as an answer holds.
      expect(answer).toEqual(addresses.slice(0, 32).map((bytes) => `example.com. ${ttl} A ${printAddress(bytes)}`))
    }),
  )
})

test('explain says what is known of the target, since when and from whom', () => {
  const world = worldWith({ [`${cdn} A`]: { ...two, ageSec: 12 } })
  const told = (nowSec: number): string[] =>
    explain(world, { name: 'example.com' }, { nowSec }).steps.flatMap(({ topic, text }) =>
      topic === 'alias' ? [text] : [],
    )
  expect(told(NOW)).toEqual([
    'has the addresses of cdn.example.net.',
    '2 addresses of type A, said 12s ago by 192.0.2.99:53; holds for 48s more',
  ])
  expect(told(NOW + 600)[1]).toBe(
    '2 addresses of type A, said 10m12s ago by 192.0.2.99:53; its time was over 9m12s ago, and nobody has said anything newer',
  )
})
