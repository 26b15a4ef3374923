// Who may ask the admin HTTP for what, as a table; and what is compared in constant time.

import { describe, expect, test } from 'vitest'
import {
  isLoopbackAddress,
  isSameToken,
  type Presented,
  refusalOf,
  type Tokens,
} from '../../../src/io/control/access.ts'

const none: Tokens = {}
const both: Tokens = { read: 'r'.repeat(16), operate: 'o'.repeat(16) }
const onlyRead: Tokens = { read: both.read }
const onlyOperate: Tokens = { operate: both.operate }

function presented(parts: Partial<Presented> = {}): Presented {
  return { host: '127.0.0.1:8053', origin: undefined, fetchSite: undefined, bearer: undefined, ...parts }
}

const { read, operate } = both

describe.each<['read' | 'operate', Tokens, string | undefined, boolean, number | undefined]>([
  ['read', none, undefined, true, undefined],
  ['operate', none, undefined, true, undefined],
  ['operate', none, 'anything', true, undefined],
  // A reload may take the tokens away while the address is still the one of the start.
  ['read', none, undefined, false, 401],
  ['operate', none, undefined, false, 403],

  ['read', both, undefined, true, 401],
  ['read', both, undefined, false, 401],
  ['read', both, 'wrong', false, 401],
  ['read', both, read, false, undefined],
  ['read', both, operate, false, undefined],
  ['operate', both, undefined, true, 401],
  ['operate', both, read, true, 403],
  ['operate', both, `${operate}x`, true, 401],
  ['operate', both, operate, true, undefined],
  ['operate', both, operate, false, undefined],

  ['read', onlyRead, read, false, undefined],
  ['operate', onlyRead, read, true, 403],
  ['operate', onlyRead, undefined, true, 403],
  ['read', onlyOperate, undefined, true, undefined],
  ['read', onlyOperate, undefined, false, 401],
  ['operate', onlyOperate, undefined, true, 401],
  ['operate', onlyOperate, operate, true, undefined],
])('to %s with the tokens %j, presenting %s, on loopback: %s', (wants, tokens, bearer, isLoopback, status) => {
  test(`${status ?? 'may'}`, () => {
    expect(refusalOf(presented({ bearer }), wants, tokens, isLoopback)?.status).toBe(status)
  })
})

describe('a web page may not', () => {
  test.each<[string, Partial<Presented>, number | undefined]>([
    ['of another site', { origin: 'https://evil.example' }, 403],
    ['of another site, to a token that the browser has', { origin: 'https://evil.example', bearer: operate }, 403],
    ['of an opaque origin', { origin: 'null' }, 403],
    ['that only loads something', { fetchSite: 'cross-site' }, 403],
    ['whose name was pointed at this machine', { host: 'evil.example:8053', origin: 'http://evil.example:8053' }, 403],
    ['whose name was pointed here, without telling its origin', { host: 'evil.example' }, 403],
    ['that hides its name', { host: undefined }, 403],
    ['of another port of this machine', { origin: 'http://127.0.0.1:3000' }, 403],
    ['but one of our own may', { origin: 'http://127.0.0.1:8053', fetchSite: 'same-origin' }, undefined],
    ['and whoever types the address', { fetchSite: 'none' }, undefined],
  ])('%s', (_, parts, status) => {
    for (const wants of ['read', 'operate'] as const)
      expect(refusalOf(presented(parts), wants, parts.bearer ? both : none, true)?.status).toBe(status)
  })

  test.each([
    ['localhost', true],
    ['LOCALHOST:8053', true],
    ['127.0.0.1', true],
    ['127.1.2.3:1', true],
    ['[::1]', true],
    ['[::1]:8053', true],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['192.0.2.1:8053', false],
    ['0.0.0.0:8053', false],
    ['::1', false],
    ['', false],
  ])('the Host %s is this machine: %s', (host, expected) => {
    expect(refusalOf(presented({ host }), 'read', none, true) === undefined).toBe(expected)
  })

  test('with the right token the Host is free: a proxy may have a name', () => {
    expect(refusalOf(presented({ host: 'gslb.example.net', bearer: read }), 'read', both, true)).toBeUndefined()
  })
})

test.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.0.2.1', false],
  ['::ffff:127.0.0.1', false],
])('%s is loopback: %s', (address, expected) => expect(isLoopbackAddress(address)).toBe(expected))

test.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['', '', true],
  ['é', 'é', true],
  [undefined, 'a', false],
  ['a', undefined, false],
  [undefined, undefined, false],
])('%j is %j: %s', (given, expected, same) => expect(isSameToken(given, expected)).toBe(same))
