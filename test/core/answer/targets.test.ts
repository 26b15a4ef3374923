// Targets of all types as they leave: which records, under which health, with which hints.

import { describe, expect, test } from 'vitest'
import { askBoth } from '../../support/oracle.ts'
import { makeWorld } from '../../support/snapshot.ts'

const Type = { A: 1, NS: 2, CNAME: 5, MX: 15, TXT: 16, AAAA: 28, SRV: 33, SVCB: 64, HTTPS: 65, ANY: 255 } as const

describe('a service answers each type that its pools hold, and no data for the rest', () => {
  const world = makeWorld({
    zones: { 'example.com': 'www TXT static\nwww CAA 0 issue "ca.example.net"\nmail A 192.0.2.25' },
    pools: {
      p: {
        targets: [
          '203.0.113.1',
          { mx: '10 mail' },
          { mx: '20 mail.example.org.' },
          { srv: '10 5 443 host' },
          { svcb: '1 svc alpn=h3' },
        ],
      },
    },
    services: { s: 'p' },
    owners: { www: 's' },
  })
  const ask = (type: number) => askBoth(world, { name: 'www.example.com', type })

  test.each([
    ['A', Type.A, ['30 A 203.0.113.1']],
    ['MX', Type.MX, ['30 MX 10 mail.example.com.', '30 MX 20 mail.example.org.']],
    ['SRV', Type.SRV, ['30 SRV 10 5 443 host.example.com.']],
    ['SVCB', Type.SVCB, ['30 SVCB 1 svc.example.com. alpn=h3']],
    ['TXT, of the records beside it', Type.TXT, ['3600 TXT "static"']],
    ['CAA, of the records beside it', 257, ['3600 CAA 0 issue "ca.example.net"']],
    ['AAAA, which is nowhere', Type.AAAA, []],
    ['HTTPS, which is nowhere', Type.HTTPS, []],
    ['ANY', Type.ANY, ['3600 HINFO "RFC8482" ""']],
  ])('%s', (_, type, expected) => {
    const { rcode, answer, authority } = ask(type)
    expect([rcode, answer.toSorted()]).toEqual(['NOERROR', expected.map((text) => `www.example.com. ${text}`)])
    expect(authority).toHaveLength(expected.length === 0 ? 1 : 0)
  })

  test('the text of a TXT is split and quoted as it has to be', () => {
    const texts = makeWorld({
      pools: { p: { targets: [{ txt: 'v=spf1 include:"x" -all' }, { txt: 'a'.repeat(300) }] } },
      services: { s: 'p' },
      owners: { www: 's' },
    })
    expect(askBoth(texts, { name: 'www.example.com', type: Type.TXT }).answer.toSorted()).toEqual([
      `www.example.com. 30 TXT "${'a'.repeat(255)}" "${'a'.repeat(45)}"`,
      String.raw`www.example.com. 30 TXT "v=spf1 include:\"x\" -all"`,
    ])
  })
})

describe('health of what is no address', () => {
  const world = makeWorld({
    pools: {
      near: { targets: ['203.0.113.1', '203.0.113.2', { srv: '1 1 443 near' }] },
      own: { targets: ['203.0.113.3', { srv: '1 1 443 own', probe_at: '203.0.113.3:443' }] },
      bare: { targets: [{ srv: '1 1 443 bare' }] },
    },
    services: { s: { failover: ['near', 'own', 'bare'] } },
    owners: { www: 's' },
  })
  const srv = (): string => askBoth(world, { name: 'www.example.com', type: Type.SRV }).answer.join().split(' ').at(-1)!

  test('follows the addresses of its pool, unless it is probed itself; alone it is always up', () => {
    expect(srv()).toBe('near.example.com.')
    world.set('203.0.113.1', 'down')
    expect(srv()).toBe('near.example.com.')
    world.set('203.0.113.2', 'drained')
    expect(srv()).toBe('own.example.com.')
    world.set('203.0.113.3', 'down')
    expect(srv()).toBe('own.example.com.')
    world.set('SRV 1 1 443 own', 'down')
    expect(srv()).toBe('bare.example.com.')
    world.set('203.0.113.2', 'up')
    expect(srv()).toBe('near.example.com.')
    world.set('SRV 1 1 443 near', 'drained')
    expect(srv()).toBe('bare.example.com.')
  })
})

describe('hints of HTTPS and SVCB', () => {
  const world = makeWorld({
    pools: {
      p: {
        targets: [
          '203.0.113.1',
          '203.0.113.2',
          '203.0.113.3',
          '2001:db8::1',
          '2001:db8::2',
          { https: '1 . alpn=h2,h3 ipv4hint=auto ech=AAAA ipv6hint=auto dohpath=/q{?dns}' },
          { svcb: '1 . ipv4hint=203.0.113.3,203.0.113.1 port=8443' },
        ],
      },
    },
    services: { s: 'p' },
    owners: { www: 's' },
  })
  const reset = (): void => world.rows.forEach((_, text) => world.set(text, 'up'))
  const data = (type: number): string => {
    const { answer } = askBoth(world, { name: 'www.example.com', type })
    return answer.join().split(' ').slice(3).join(' ')
  }
  const hintsOf = (text: string, key: string): string[] =>
    (new RegExp(`${key}=(\\S+)`).exec(text)?.[1] ?? '').split(',').filter(Boolean).toSorted()

  test('name all usable addresses where they are automatic, with the keys in order', () => {
    reset()
    const text = data(Type.HTTPS)
    expect(text.replace(/=[^ ]*/g, '')).toBe('1 . alpn ipv4hint ech ipv6hint dohpath')
    expect(hintsOf(text, 'ipv4hint')).toEqual(['203.0.113.1', '203.0.113.2', '203.0.113.3'])
    expect(hintsOf(text, 'ipv6hint')).toEqual(['2001:db8::1', '2001:db8::2'])
  })

  test('never name what is down or drained; without any the hint is left out', () => {
    reset()
    world.set('203.0.113.2', 'down')
    world.set('2001:db8::1', 'drained')
    expect(hintsOf(data(Type.HTTPS), 'ipv4hint')).toEqual(['203.0.113.1', '203.0.113.3'])
    expect(hintsOf(data(Type.HTTPS), 'ipv6hint')).toEqual(['2001:db8::2'])
    world.set('2001:db8::2', 'down')
    expect(data(Type.HTTPS).replace(/=[^ ]*/g, '')).toBe('1 . alpn ipv4hint ech dohpath')
  })

  test('that were listed keep their order, and lose what is down', () => {
    reset()
    expect(data(Type.SVCB)).toBe('1 . port=8443 ipv4hint=203.0.113.3,203.0.113.1')
    world.set('203.0.113.3', 'down')
    expect(data(Type.SVCB)).toBe('1 . port=8443 ipv4hint=203.0.113.1')
    world.set('203.0.113.1', 'down')
    // The pool is down with them: what is answered then hints at nothing that is down.
    expect(data(Type.SVCB)).toBe('1 . port=8443')
  })

  test('with weights are the address that the same client gets', () => {
    const weighted = makeWorld({
      pools: { p: { targets: ['203.0.113.1 *1', '203.0.113.2 *3', { https: '1 . ipv4hint=auto' }] } },
      services: { s: 'p' },
      owners: { www: 's' },
    })
    const seen = new Set<string>()
    for (let i = 0; i < 100; i++) {
      const ask = (type: number): string =>
        askBoth(weighted, { name: 'www.example.com', type }, { from: `10.0.0.${i}` })
          .answer.join()
          .split(/[ =]/)
          .at(-1)!
      expect(ask(Type.HTTPS)).toBe(ask(Type.A))
      seen.add(ask(Type.A))
    }
    expect(seen.size).toBe(2)
  })

  test('of a pool without addresses stay as they are', () => {
    const bare = makeWorld({
      pools: { p: { targets: [{ https: '1 . ipv4hint=203.0.113.9 alpn=h2' }] } },
      services: { s: 'p' },
      owners: { www: 's' },
    })
    expect(askBoth(bare, { name: 'www.example.com', type: Type.HTTPS }).answer).toEqual([
      'www.example.com. 30 HTTPS 1 . alpn=h2 ipv4hint=203.0.113.9',
    ])
  })
})

describe('a CNAME pool', () => {
  const world = makeWorld({
    zones: { 'example.com': 'lb-a A 192.0.2.10\nlb-b A 192.0.2.11\nchain CNAME www\nin CNAME lb-a' },
    networks: [{ cidr: '198.51.100.0/24', country: 'US' }],
    pools: {
      a: { targets: [{ cname: 'lb-a' }] },
      b: { targets: [{ cname: 'lb-b' }] },
      out: { targets: [{ cname: 'edge.example.net.' }, { cname: 'edge2.example.net.', weight: 0 }] },
      back: { targets: [{ cname: 'loop' }] },
      many: { targets: [{ cname: 'in' }] },
    },
    services: {
      flat: { failover: ['a', 'b'] },
      geo: { geo: [{ where: ['country US'], to: 'a' }, { to: 'b' }] },
      toOut: 'out',
      toBack: 'back',
      toMany: 'many',
    },
    owners: { www: 'flat', geo: 'geo', out: 'toOut', loop: 'toBack', many: 'toMany' },
  })
  const ask = (name: string, type: number, subnet?: string) =>
    askBoth(world, { name: `${name}.example.com`, type, ...(subnet && { subnet }) })

  test('answers every type with the CNAME, and the chain goes on inside this server', () => {
    const alias = 'www.example.com. 30 CNAME lb-a.example.com.'
    expect(ask('www', Type.A).answer).toEqual([alias, 'lb-a.example.com. 3600 A 192.0.2.10'])
    expect(ask('www', Type.TXT)).toMatchObject({ rcode: 'NOERROR', answer: [alias] })
    expect(ask('www', Type.TXT).authority).toHaveLength(1)
    expect(ask('www', Type.CNAME).answer).toEqual([alias])
    expect(ask('www', Type.ANY).answer).toEqual([alias])
    expect(ask('out', Type.A).answer).toEqual(['out.example.com. 30 CNAME edge.example.net.'])
    expect(ask('chain', Type.A).answer).toEqual([
      'chain.example.com. 3600 CNAME www.example.com.',
      alias,
      'lb-a.example.com. 3600 A 192.0.2.10',
    ])
    expect(ask('many', Type.A).answer).toHaveLength(3)
  })

  test('moves with its health, and has one CNAME even when all is down', () => {
    world.set('CNAME lb-a', 'down')
    expect(ask('www', Type.A).answer[0]).toBe('www.example.com. 30 CNAME lb-b.example.com.')
    world.set('CNAME lb-b', 'down')
    expect(ask('www', Type.A).answer).toEqual([
      'www.example.com. 30 CNAME lb-a.example.com.',
      'lb-a.example.com. 3600 A 192.0.2.10',
    ])
    world.set('CNAME lb-a', 'up')
    world.set('CNAME lb-b', 'up')
  })

  test('that is chosen for a subnet is all there is in the answer (RFC 7871 §7.2.1)', () => {
    expect(ask('geo', Type.A, '198.51.100.0/24')).toMatchObject({
      answer: ['geo.example.com. 30 CNAME lb-a.example.com.'],
      subnet: '198.51.100.0/24 scope 24',
    })
    expect(ask('geo', Type.A).answer).toHaveLength(2)
    expect(ask('www', Type.A, '198.51.100.0/24')).toMatchObject({ subnet: '198.51.100.0/24 scope 0' })
    expect(ask('www', Type.A, '198.51.100.0/24').answer).toHaveLength(2)
  })

  test('that leads to its own name ends there', () => {
    expect(ask('loop', Type.A).answer).toEqual(['loop.example.com. 30 CNAME loop.example.com.'])
  })
})
