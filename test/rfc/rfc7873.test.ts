// DNS cookies (RFC 7873) in the form that all servers of an address can share (RFC 9018, whose examples stand below).

import { describe, expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import type { Transport } from '../../src/core/answer/counters.ts'
import type { AnswerOptions } from '../../src/core/answer/options.ts'
import { checkCookie, openCookieJar } from '../../src/core/wire/cookie.ts'
import { parseAddress } from '../../src/core/base/address.ts'
import { parseHex, printHex } from '../../src/core/wire/text.ts'
import { readBoth } from '../support/oracle.ts'
import { opt, option, packet } from '../support/packet.ts'
import { optionsOf } from '../support/options.ts'
import { askBytes, makeWorld } from '../support/snapshot.ts'

const hex = (text: string): number[] => {
  const bytes: number[] = []
  expect(parseHex(text, bytes)).toBe(true)
  return bytes
}

const first = Uint8Array.from(hex('e5e973e5a6b2a43f48e7dc849e37bfcf'))
const second = Uint8Array.from(hex('445536bcd2513298075a5d379663c962'))
const third = Uint8Array.from(hex('dd3bdf9344b678b185a6f5cb60fca715'))

function check(secrets: readonly Uint8Array[], cookie: string, from: string, nowSec: number): [boolean, string] {
  const jar = openCookieJar(secrets)
  const { bytes, family } = parseAddress(from)!
  const option = Uint8Array.from(hex(cookie))
  return [checkCookie(jar, option, option.length, bytes, 0, family, nowSec), printHex(jar.cookie)]
}

describe('the examples of RFC 9018, appendix A', () => {
  test('A.1: a client that has no server cookie', () => {
    expect(check([first], '2464c4abcf10c957', '198.51.100.100', 0x5cf79f11)).toEqual([
      false,
      '2464c4abcf10c957010000005cf79f111f8130c3eee29480',
    ])
  })

  test('A.2: one that is old enough to be renewed', () => {
    expect(check([first], '2464c4abcf10c957010000005cf79f111f8130c3eee29480', '198.51.100.100', 0x5cf7a871)).toEqual([
      true,
      '2464c4abcf10c957010000005cf7a871d4a564a1442aca77',
    ])
  })

  test('A.3: reserved bits are hashed as they come', () => {
    expect(check([first], 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5', '203.0.113.203', 0x5cf78f71)[0]).toBe(
      true,
    )
  })

  test('A.4: over IPv6, with a secret that was changed meanwhile', () => {
    expect(
      check(
        [second, third],
        '22681ab97d52c298010000005cf7c57926556bd0934c72f8',
        '2001:db8:220:1:59de:d0f4:8769:82b8',
        0x5cf7c609,
      ),
    ).toEqual([true, '22681ab97d52c298010000005cf7c609a6bb79d16625507a'])
  })
})

describe('how long a cookie lasts (RFC 9018 §4.3)', () => {
  const [, cookie] = check([first], '0102030405060708', '192.0.2.1', 1_800_000_000)

  test.each([
    [0, true, true],
    [1800, true, true],
    [1801, true, false],
    [3600, true, false],
    [3601, false, false],
    [-300, true, true],
    [-301, false, false],
  ])('after %d s: believed %o, the same again %o', (seconds, isKnown, isSame) => {
    const [known, sent] = check([first], cookie, '192.0.2.1', 1_800_000_000 + seconds)
    expect([known, sent === cookie]).toEqual([isKnown, isSame])
  })

  test.each([
    ['from another address', [first], cookie, '192.0.2.2'],
    ['of another secret', [second], cookie, '192.0.2.1'],
    ['of another version', [first], cookie.replace(/^(.{16})01/, '$102'), '192.0.2.1'],
    ['with a bit turned over', [first], cookie.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')), '192.0.2.1'],
    ['that is longer', [first], `${cookie}00`, '192.0.2.1'],
  ])('one %s is not believed, and replaced', (_, secrets, sent, from) => {
    const [known, fresh] = check(secrets, sent, from, 1_800_000_000)
    expect([known, check(secrets, fresh, from, 1_800_000_000)]).toEqual([false, [true, fresh]])
  })
})

function ask(options: Partial<AnswerOptions>, data: readonly number[] | undefined, transport: Transport = 'udp') {
  const world = makeWorld({ zones: { 'example.com': 'www A 192.0.2.1' }, options })
  const additionals = data === undefined ? [opt()] : [opt({ options: [option(10, data)] })]
  return askBytes(openContext(world.bound, transport), packet({ additionals }))!
}

const client = [1, 2, 3, 4, 5, 6, 7, 8]
const offering = { cookieSecrets: [first] }
const requiring = { ...offering, requireCookie: true }

test('who sends a cookie gets one, and the answer', () => {
  const response = ask(offering, client)
  expect(readBoth(response)).toMatchObject({ rcode: 'NOERROR', answer: ['www.example.com. 3600 A 192.0.2.1'] })
  expect(optionsOf(response)).toEqual([expect.stringMatching(/^COOKIE 0102030405060708010000006b49d200[0-9a-f]{16}$/)])
})

test('who sends none gets none', () => {
  expect(optionsOf(ask(offering, undefined))).toEqual([])
})

test('without a secret nobody gets one', () => {
  expect(optionsOf(ask({}, client))).toEqual([])
})

test.each([0, 1, 7, 9, 15, 41, 100])('an option of %d bytes: FORMERR (RFC 7873 §5.2.2)', (length) => {
  expect(readBoth(ask(offering, new Array<number>(length).fill(7))).rcode).toBe('FORMERR')
})

test.each([8, 16, 17, 39, 40])('an option of %d bytes is one', (length) => {
  expect(readBoth(ask(offering, new Array<number>(length).fill(7))).rcode).toBe('NOERROR')
})

describe('where a cookie is required', () => {
  const sent = (response: Uint8Array) => hex(optionsOf(response)[0]!.split(' ')[1]!)

  test('a client comes back with the one it got', () => {
    const response = ask(requiring, client)
    expect(readBoth(response)).toMatchObject({ rcode: 'BADCOOKIE', flags: 'qr', answer: [] })
    expect(readBoth(ask(requiring, sent(response)))).toMatchObject({ rcode: 'NOERROR', flags: 'qr aa' })
  })

  test('the secret before is still believed, and the one after already', () => {
    const old = sent(ask(requiring, client))
    const next = { ...requiring, cookieSecrets: [second, first] }
    const response = ask(next, old)
    expect(readBoth(response).rcode).toBe('NOERROR')
    expect(sent(response)).not.toEqual(old)
    expect(readBoth(ask({ ...requiring, cookieSecrets: [first, second] }, sent(response))).rcode).toBe('NOERROR')
    expect(readBoth(ask({ ...requiring, cookieSecrets: [second] }, old)).rcode).toBe('BADCOOKIE')
  })

  test('a client that knows no cookies is served', () => {
    expect(readBoth(ask(requiring, undefined)).rcode).toBe('NOERROR')
  })

  test('over TCP the address is proven', () => {
    expect(readBoth(ask(requiring, client, 'tcp')).rcode).toBe('NOERROR')
  })
})

test('a cookie without a question is answered with a cookie (RFC 7873 §5.4)', () => {
  const { bound } = makeWorld({ options: offering })
  const query = packet({ questions: [], additionals: [opt({ options: [option(10, client)] })] })
  const response = askBytes(openContext(bound, 'udp'), query)!
  expect(readBoth(response)).toMatchObject({ rcode: 'NOERROR', question: '', answer: [] })
  expect(optionsOf(response)).toEqual([expect.stringMatching(/^COOKIE 0102030405060708/)])
})
