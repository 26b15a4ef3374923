// A zone with everything in it, requests that touch all of it, and ways to damage them. The numbers decide, so that a seed repeats all.

import { opt, option, packet, question, record, subnet } from '../support/packet.ts'
import { makeWorld, type TestWorld } from '../support/snapshot.ts'

/** The records of example.com, but for what its services hold. */
export const fullZone = `$TTL 60
@        MX    10 mail
@        TXT   "v=spf1 mx -all"
@        CAA   0 issue "ca.example.net"
www      A     192.0.2.1
www      A     192.0.2.2
www      AAAA  2001:db8::1
mail     A     192.0.2.3
alias    CNAME alias2
alias2   CNAME www
out      CNAME www.example.net.
lost     CNAME gone.lost
loop     CNAME loop
to-web   CNAME web
to-cut   CNAME x.y.sub
_s._tcp  SRV   0 5 80 www
ptr      PTR   a.b.ptr
*.wild   A     192.0.2.4
*.alias3 CNAME b.wild
x.*.wild TXT   beneath
a.b.c    TXT   deep
sub      NS    ns1.sub
sub      NS    ns2.sub
sub      NS    ns.example.net.
ns1.sub  A     192.0.2.5
ns1.sub  AAAA  2001:db8::5
ns2.sub  A     192.0.2.6
big      TXT   ${Array.from({ length: 10 }, () => 'x'.repeat(200)).join(' ')}
many     MX    1 m1.hosts
${Array.from({ length: 80 }, (_, i) => `many MX ${i} m${i}.hosts.example.net.`).join('\n')}
odd      TYPE65280 \\# 5 0102030405
`

export function makeFullWorld(): TestWorld {
  return makeWorld({
    zones: {
      'example.com': fullZone,
      'child.example.com': 'www A 192.0.2.7',
      '2.0.192.in-addr.arpa': '1 PTR www.example.com.',
    },
    networks: [
      { cidr: '192.0.2.0/24', country: 'IE', name: 'lab' },
      { cidr: '198.51.0.0/16', country: 'JP' },
      { cidr: '2001:db8::/32', country: 'US' },
      { cidr: '10.1.0.0/16', country: 'IE' },
    ],
    pools: {
      eu: { at: [53, -8], targets: ['203.0.113.1', '203.0.113.2 *3', '2001:db8:1::1'] },
      us: { at: [39, -77], targets: ['203.0.113.3', '203.0.113.4'] },
      six: { at: [1, 104], answers: 32, targets: Array.from({ length: 32 }, (_, i) => `2001:db8:2::${i + 1}`) },
    },
    services: {
      web: {
        geo: [
          { where: ['network lab'], to: 'eu' },
          {
            where: ['country JP'],
            to: {
              weighted: [
                { to: 'us', weight: 9 },
                { to: 'six', weight: 1 },
              ],
            },
          },
          { to: { nearest: ['eu', 'us', 'six'] } },
        ],
      },
      flat: { failover: ['six', 'eu'] },
    },
    owners: { web: 'web', '*.web': 'web', flat: 'flat', '@': 'flat' },
  })
}

const names = [
  ...[
    '',
    'www.',
    'mail.',
    'alias.',
    'alias2.',
    'out.',
    'lost.',
    'loop.',
    'to-web.',
    'to-cut.',
    '_s._tcp.',
    '_tcp.',
    'ptr.',
  ],
  ...[
    'x.wild.',
    'a.b.c.wild.',
    'x.y.wild.',
    'q.alias3.',
    'c.',
    'b.c.',
    'z.b.c.',
    'sub.',
    'ns1.sub.',
    'deep.in.sub.',
    'big.',
    'many.',
  ],
  ...['odd.', 'web.', 'x.web.', 'flat.', 'gone.', 'WwW.', 'child.', 'www.child.', 'x.child.'],
].map((owner) => `${owner}example.com`)

export const allNames: readonly string[] = [...names, '1.2.0.192.in-addr.arpa', 'example.net', 'com', '.']
export const allTypes: readonly number[] = [1, 2, 5, 6, 12, 15, 16, 28, 33, 43, 255, 257, 65_280, 64, 252, 0, 41]

/** A request for every name, with types and EDNS in turn. */
export function makeCorpus(): readonly Uint8Array[] {
  const additionals = [
    [],
    [opt()],
    [opt({ size: 4096, flags: 0x8000 })],
    [opt({ options: [subnet(1, 24, 0, [192, 0, 2])] })],
    [opt({ options: [option(10, [1, 2, 3, 4, 5, 6, 7, 8]), subnet(2, 56, 0, [0x20, 1, 0xd, 0xb8, 0, 1, 0xff])] })],
    [opt({ size: 512, options: [subnet(1, 16, 0, [198, 51])] })],
    [record([0xc0, 12], 250, [1, 2, 3]), opt({ options: [subnet(1, 0, 0, [])] })],
    [opt({ version: 1 })],
  ]
  const list: Uint8Array[] = []
  for (const [i, name] of allNames.entries()) {
    for (let k = 0; k < 6; k++) {
      const type = allTypes[(i + 3 * k) % allTypes.length]!
      list.push(packet({ questions: [question(name, type)], additionals: additionals[(i + k) % additionals.length]! }))
    }
  }
  return list
}

type Numbers = (limit: number) => number

/** Bytes that mean something where they happen to land. */
const interesting = [0, 1, 2, 5, 8, 11, 12, 16, 28, 41, 63, 64, 127, 128, 192, 193, 252, 255]

/** A damaged copy of one request, or of two. */
export function mutate(corpus: readonly Uint8Array[], number: Numbers): Uint8Array {
  const seed = corpus[number(corpus.length)]!
  switch (number(10)) {
    case 0:
      return Uint8Array.from({ length: number(80) }, () => number(256))
    case 1:
      return seed.slice(0, number(seed.length + 1))
    case 2: {
      const other = corpus[number(corpus.length)]!
      return join(seed.subarray(0, number(seed.length)), other.subarray(number(other.length)))
    }
    case 3: {
      const at = number(seed.length)
      const end = at + number(seed.length - at)
      return join(seed.subarray(0, end), seed.subarray(at))
    }
    case 4: {
      const at = number(seed.length)
      return join(seed.subarray(0, at), seed.subarray(at + 1 + number(8)))
    }
    case 5:
      return join(
        seed,
        Uint8Array.from({ length: 1 + number(30) }, () => number(256)),
      )
    default:
      return damage(seed, number)
  }
}

/** Some bits turned over, or some bytes replaced; the header is spared now and then, so that more gets past it. */
function damage(seed: Uint8Array, number: Numbers): Uint8Array {
  const bytes = seed.slice()
  const from = number(4) === 0 ? 0 : Math.min(12, bytes.length - 1)
  for (let left = 1 + number(6); left > 0; left--) {
    const at = from + number(bytes.length - from)
    bytes[at] = number(2) === 0 ? bytes[at]! ^ (1 << number(8)) : interesting[number(interesting.length)]!
  }
  return bytes
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
