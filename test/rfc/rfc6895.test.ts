// What is no ordinary question: opcodes (RFC 1035 §4.1.1), types that are no data (RFC 6895 §3.1), classes, and that OPT and the
// question come back with whatever is said to them (RFC 6891 §7).

import { expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import { readBoth } from '../support/oracle.ts'
import { opt, packet, question } from '../support/packet.ts'
import { askBytes, makeWorld } from '../support/snapshot.ts'

const world = makeWorld({ zones: { 'example.com': 'www A 192.0.2.1' } })
const send = (bytes: Uint8Array) => readBoth(askBytes(openContext(world.bound, 'udp'), bytes)!)

test.each([1, 2, 3, 4, 5, 6, 15])('opcode %d: NOTIMP, with question and OPT', (opcode) => {
  expect(send(packet({ flags: opcode << 11, additionals: [opt()] }))).toMatchObject({
    rcode: 'NOTIMP',
    flags: 'qr',
    question: 'www.example.com. A',
    edns: { udpSize: 1232, version: 0 },
  })
})

test('another opcode whose sections mean something else is told no less', () => {
  const response = askBytes(
    openContext(world.bound, 'udp'),
    packet({ flags: 5 << 11, questions: [], counts: [3, 2, 1, 9] }),
  )!
  expect(readBoth(response)).toMatchObject({ rcode: 'NOTIMP', question: '' })
  expect(response).toHaveLength(12)
})

test.each([
  ['MAILB', 253, 'NOTIMP'],
  ['MAILA', 254, 'NOTIMP'],
  ['AXFR', 252, 'REFUSED'],
  ['IXFR', 251, 'REFUSED'],
  ['TSIG', 250, 'FORMERR'],
  ['TKEY', 249, 'FORMERR'],
  ['an unassigned one', 200, 'FORMERR'],
  ['the first of them', 128, 'FORMERR'],
  ['OPT', 41, 'FORMERR'],
  ['0', 0, 'NOERROR'],
  ['data nobody knows', 127, 'NOERROR'],
  ['data beyond', 256, 'NOERROR'],
])('the type %s (%d): %s', (_, type, rcode) => {
  expect(send(packet({ questions: [question('www.example.com', type)] })).rcode).toBe(rcode)
})

test.each([0, 2, 4, 254, 65_535])('the class %d is none of ours: REFUSED', (qclass) => {
  expect(send(packet({ questions: [question('www.example.com', 1, qclass)] }))).toMatchObject({
    rcode: 'REFUSED',
    flags: 'qr',
  })
})

test('the root zone and .arpa are zones like others', () => {
  const top = makeWorld({
    zones: {
      '.': '@ 60 SOA a.root. h. 1 2 3 4 5\n@ 60 NS a.root.\na.root. 60 A 192.0.2.1\ncom. 60 NS ns.com.\nns.com. 60 A 192.0.2.2\n',
      arpa: 'in-addr NS ns.in-addr\nns.in-addr A 192.0.2.3',
      '2.0.192.in-addr.arpa': '1 PTR www.example.com.',
    },
  })
  const ask = (name: string, type: number) =>
    readBoth(askBytes(openContext(top.bound, 'udp'), packet({ questions: [question(name, type)] }))!)
  expect(ask('.', 2)).toMatchObject({ flags: 'qr aa', answer: ['. 60 NS a.root.'] })
  expect(ask('www.example.com', 1)).toMatchObject({
    flags: 'qr',
    authority: ['com. 60 NS ns.com.'],
    additional: ['ns.com. 60 A 192.0.2.2'],
  })
  expect(ask('example', 1)).toMatchObject({ rcode: 'NXDOMAIN', authority: ['. 5 SOA a.root. h. 1 2 3 4 5'] })
  expect(ask('arpa', 43)).toMatchObject({ rcode: 'NXDOMAIN', authority: ['. 5 SOA a.root. h. 1 2 3 4 5'] })
  expect(ask('1.10.in-addr.arpa', 12)).toMatchObject({
    flags: 'qr',
    authority: ['in-addr.arpa. 3600 NS ns.in-addr.arpa.'],
  })
  expect(ask('1.2.0.192.in-addr.arpa', 12).answer).toEqual(['1.2.0.192.in-addr.arpa. 3600 PTR www.example.com.'])
})

test('full additional data: addresses of the names in an answer, when configured', () => {
  const zones = {
    'example.com': `@ MX 5 mail
@ MX 6 mail.example.net.
mail A 192.0.2.2
mail AAAA 2001:db8::2
_x._tcp SRV 1 2 3 www
www A 192.0.2.3
svc HTTPS 1 . alpn=h2
svc A 192.0.2.4
old DNAME mail
m2 MX 5 www.old
`,
  }
  const full = makeWorld({ zones, options: { fullAdditional: true } })
  const ask = (to: typeof full, name: string, type: number) =>
    readBoth(askBytes(openContext(to.bound, 'udp'), packet({ questions: [question(name, type)] }))!).additional
  const expected: [string, number, string[]][] = [
    ['example.com', 15, ['mail.example.com. 3600 A 192.0.2.2', 'mail.example.com. 3600 AAAA 2001:db8::2']],
    ['example.com', 2, ['ns1.example.com. 3600 A 192.0.2.53']],
    ['_x._tcp.example.com', 33, ['www.example.com. 3600 A 192.0.2.3']],
    ['svc.example.com', 65, ['svc.example.com. 3600 A 192.0.2.4']],
    ['m2.example.com', 15, []],
    ['www.example.com', 1, []],
  ]
  for (const [name, type, additional] of expected) {
    expect(ask(full, name, type)).toEqual(additional)
    expect(ask(makeWorld({ zones }), name, type)).toEqual(type === 2 ? additional : [])
  }
})
