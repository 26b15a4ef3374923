// What a resolver's response says of the addresses of a name.

import { expect, test } from 'vitest'
import type { Asked, AskedRecord } from '../../../src/io/ask/asked.ts'
import { readResolution } from '../../../src/io/upstream/resolution.ts'

const types: Readonly<Record<string, number>> = { A: 1, NS: 2, CNAME: 5, SOA: 6, AAAA: 28 }

/** "cdn.net. 60 A 192.0.2.1" */
function record(text: string): AskedRecord {
  const [name = '', ttl = '', type = '', ...data] = text.split(' ')
  return { name, type: types[type]!, class: 1, ttlSec: Number(ttl), data: data.join(' ') }
}

interface ResponseText {
  readonly rcode?: number
  readonly flags?: Partial<Asked['flags']>
  readonly answer?: readonly string[]
  readonly authority?: readonly string[]
}

function read({ rcode = 0, flags = {}, answer = [], authority = [] }: ResponseText, type = 1): unknown {
  const none = { qr: true, aa: false, tc: false, rd: true, ra: true, ad: false, cd: false }
  const asked: Asked = {
    id: 1,
    opcode: 0,
    rcode,
    flags: { ...none, ...flags },
    question: [],
    answer: answer.map(record),
    authority: authority.map(record),
    additional: [],
    problems: [],
    size: 0,
  }
  const said = readResolution(asked, 'cdn.net.', type)
  if (typeof said === 'string') return said
  const addresses = said.kind === 'addresses' ? said.addresses.map((bytes) => bytes.join('.')) : []
  return [said.kind, said.ttlSec, ...addresses]
}

const soa = 'net. 100 SOA ns.net. host.net. 1 2 3 4 40'

test.each<[string, ResponseText, unknown]>([
  [
    'the addresses, with the least TTL among them',
    { answer: ['cdn.net. 60 A 192.0.2.1', 'cdn.net. 50 A 192.0.2.2'] },
    ['addresses', 50, '192.0.2.1', '192.0.2.2'],
  ],
  [
    'those at the end of a chain in any order and case, with the least TTL on the way',
    { answer: ['a.net. 60 A 192.0.2.1', 'B.net. 20 CNAME a.NET.', 'cdn.NET. 30 CNAME b.net.'] },
    ['addresses', 20, '192.0.2.1'],
  ],
  [
    'no address twice',
    { answer: ['cdn.net. 60 A 192.0.2.1', 'cdn.net. 60 A 192.0.2.1'] },
    ['addresses', 60, '192.0.2.1'],
  ],
  ['no address of another name', { answer: ['x.net. 60 A 192.0.2.1'], authority: [soa] }, ['nothing', 40]],
  ['no address, for as long as the SOA says', { authority: [soa] }, ['nothing', 40]],
  ['no address at the end of a chain', { answer: ['cdn.net. 30 CNAME b.net.'], authority: [soa] }, ['nothing', 30]],
  ['no address, and no SOA', {}, ['nothing', 30]],
  ['no such name', { rcode: 3, authority: [soa] }, ['nowhere', 40]],
  ['no such name at the end of a chain', { rcode: 3, answer: ['cdn.net. 5 CNAME b.net.'] }, ['nowhere', 5]],
  ['a circle', { answer: ['cdn.net. 5 CNAME b.net.', 'b.net. 5 CNAME cdn.net.'] }, ['nothing', 5]],
  [
    'a referral, which is no answer',
    { authority: ['net. 60 NS ns.net.'] },
    expect.stringContaining('does not resolve'),
  ],
  ['nothing by a server that does not recurse', { flags: { ra: false } }, expect.stringContaining('does not resolve')],
  ['SERVFAIL', { rcode: 2 }, 'SERVFAIL'],
  ['REFUSED', { rcode: 5, answer: ['cdn.net. 60 A 192.0.2.1'] }, 'REFUSED'],
  ['less than all', { flags: { tc: true }, answer: ['cdn.net. 60 A 192.0.2.1'] }, 'a truncated response'],
])('%s', (_what, response, expected) => expect(read(response)).toEqual(expected))

test('A and AAAA are read apart', () => {
  const answer = ['cdn.net. 60 A 192.0.2.1', 'cdn.net. 70 AAAA 2001:db8::1']
  expect(read({ answer })).toEqual(['addresses', 60, '192.0.2.1'])
  expect(read({ answer }, 28)).toEqual(['addresses', 70, '32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1'])
})
