// ANY is answered with one record and not with everything (RFC 8482 §4.2).

import { expect, test } from 'vitest'
import { Type } from '../../src/core/wire/message.ts'
import { askBoth } from '../support/oracle.ts'
import { makeWorld } from '../support/snapshot.ts'

const world = makeWorld({
  zones: {
    'example.com': `
@       MX    10 mail
www     A     192.0.2.1
www     AAAA  2001:db8::1
alias   CNAME www
*.wild  TXT   here
a.ent   TXT   here
a.*.sub TXT   here
to-ent  CNAME ent
`,
  },
  pools: { p: { targets: ['192.0.2.1'] } },
  services: { s: { failover: ['p'] } },
  owners: { service: 's' },
})
const any = (name: string) => askBoth(world, { name, type: Type.ANY })

test.each(['example.com.', 'www.example.com.', 'x.wild.example.com.', 'service.example.com.'])(
  '%s: one HINFO that says why',
  (name) => {
    expect(any(name)).toMatchObject({
      rcode: 'NOERROR',
      flags: 'qr aa',
      answer: [`${name} 3600 HINFO "RFC8482" ""`],
      authority: [],
      additional: [],
    })
  },
)

test('an alias is answered itself, because nothing else may stand beside it', () => {
  expect(any('alias.example.com').answer).toEqual(['alias.example.com. 3600 CNAME www.example.com.'])
  expect(any('to-ent.example.com').answer).toEqual(['to-ent.example.com. 3600 CNAME ent.example.com.'])
})

test.each(['ent.example.com', 'x.sub.example.com'])('%s exists but holds nothing: no data, and no HINFO', (name) => {
  const { rcode, answer, authority } = any(name)
  expect([rcode, answer, authority.length]).toEqual(['NOERROR', [], 1])
})

test('a name that does not exist is NXDOMAIN for ANY too', () => {
  expect(any('nothing.example.com').rcode).toBe('NXDOMAIN')
})
