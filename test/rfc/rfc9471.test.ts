// Glue in referrals (RFC 9471 §2): addresses without which a delegation cannot be followed are all there, or TC is set.

import { describe, expect, test } from 'vitest'
import { askBoth } from '../support/oracle.ts'
import { makeWorld } from '../support/snapshot.ts'

const world = makeWorld({
  zones: {
    'example.com': `$TTL 60
in-domain           NS  ns1.in-domain
in-domain           NS  ns2.in-domain
ns1.in-domain       A   192.0.2.1
ns1.in-domain       AAAA 2001:db8::1
ns2.in-domain       A   192.0.2.2
sibling             NS  ns1.in-domain
sibling             NS  ns.other.net.
half                NS  ns.elsewhere.net.
half                NS  ns.half
ns.half             A   192.0.2.3
bare                NS  ns.bare.example.org.
own-name            NS  own-name
own-name            A   192.0.2.4
`,
  },
})

test.each([
  [
    'in-domain',
    ['ns1.in-domain.example.com.', 'ns2.in-domain.example.com.'],
    [
      'ns1.in-domain.example.com. 60 A 192.0.2.1',
      'ns1.in-domain.example.com. 60 AAAA 2001:db8::1',
      'ns2.in-domain.example.com. 60 A 192.0.2.2',
    ],
  ],
  [
    'sibling',
    ['ns1.in-domain.example.com.', 'ns.other.net.'],
    ['ns1.in-domain.example.com. 60 A 192.0.2.1', 'ns1.in-domain.example.com. 60 AAAA 2001:db8::1'],
  ],
  ['half', ['ns.elsewhere.net.', 'ns.half.example.com.'], ['ns.half.example.com. 60 A 192.0.2.3']],
  ['bare', ['ns.bare.example.org.'], []],
  ['own-name', ['own-name.example.com.'], ['own-name.example.com. 60 A 192.0.2.4']],
])('%s', (cut, servers, glue) => {
  expect(askBoth(world, { name: `www.${cut}.example.com`, edns: true })).toMatchObject({
    flags: 'qr',
    answer: [],
    authority: servers.map((server) => `${cut}.example.com. 60 NS ${server}`),
    additional: glue,
  })
})

describe('where not all of it fits', () => {
  const server = (i: number): string => `ns${i}.${'x'.repeat(50)}${i}.cut`
  const glue = (owner: string, i: number): string => `${owner} A 192.0.2.${i}\n${owner} AAAA 2001:db8::${i}`
  const many = makeWorld({
    zones: {
      'example.com': `$TTL 60
${Array.from({ length: 6 }, (_, i) => `cut NS ${server(i)}\n${glue(server(i), i)}`).join('\n')}
${Array.from({ length: 6 }, (_, i) => `soft NS ${server(i)}`).join('\n')}
`,
    },
  })
  const whole = askBoth(many, { name: 'x.cut.example.com' }, { transport: 'tcp' })

  test('over TCP it is whole', () => {
    expect(whole).toMatchObject({ flags: 'qr' })
    expect([whole.authority.length, whole.additional.length]).toEqual([6, 12])
  })

  test('in-domain glue that is left out sets TC', () => {
    const cut = askBoth(many, { name: 'x.cut.example.com' })
    expect(cut).toMatchObject({ flags: 'qr tc', authority: whole.authority })
    expect(cut.additional).toEqual(whole.additional.slice(0, cut.additional.length))
    expect(cut.additional.length % 2).toBe(0)
    expect(cut.additional.length).toBeLessThan(12)
    expect(cut.size).toBeLessThanOrEqual(512)
  })

  test('sibling glue may be left out: the delegation can be followed without it', () => {
    const soft = askBoth(many, { name: 'x.soft.example.com' })
    expect(soft.flags).toBe('qr')
    expect(soft.authority).toHaveLength(6)
    expect(soft.additional.length).toBeLessThan(12)
    for (let udpSize = 512; udpSize <= 1232; udpSize += 7) {
      const reading = askBoth(many, { name: 'x.soft.example.com', udpSize, subnet: '2001:db8::/56' })
      expect(reading.flags).toBe('qr')
      expect(reading.size).toBeLessThanOrEqual(udpSize)
    }
    const none = askBoth(many, { name: 'x.soft.example.com', udpSize: 512, subnet: '2001:db8::/128' })
    expect([none.authority.length, none.additional.length]).toEqual([6, 0])
  })

  test('an OPT record takes its room from the glue', () => {
    for (let udpSize = 512; udpSize <= 1232; udpSize += 7) {
      const { size, flags, additional } = askBoth(many, { name: 'x.cut.example.com', udpSize, subnet: '2001:db8::/56' })
      expect(size).toBeLessThanOrEqual(udpSize)
      expect(flags).toBe(additional.length === 12 ? 'qr' : 'qr tc')
    }
  })
})

test('after an alias the delegation’s name is written out once and pointed at', () => {
  const aliased = makeWorld({
    zones: {
      'example.com': `$TTL 60
alias   CNAME deep.under.cut
other   CNAME cut
cut     NS    ns1.cut
cut     NS    ns2.cut
ns1.cut A     192.0.2.1
ns2.cut A     192.0.2.2
`,
    },
  })
  for (const name of ['alias.example.com', 'other.example.com']) {
    expect(askBoth(aliased, { name })).toMatchObject({
      flags: 'qr aa',
      authority: ['cut.example.com. 60 NS ns1.cut.example.com.', 'cut.example.com. 60 NS ns2.cut.example.com.'],
      additional: ['ns1.cut.example.com. 60 A 192.0.2.1', 'ns2.cut.example.com. 60 A 192.0.2.2'],
    })
  }
})
