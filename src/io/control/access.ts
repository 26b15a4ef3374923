// Who may ask the admin HTTP for what. With tokens: the bearer of one. Without: whoever is on this machine and is no web page, for
// a browser lets every page send requests to loopback (and, by rebinding a name, read the replies).

import { createHash, timingSafeEqual } from 'node:crypto'
import { parseEndpoint } from '../../core/base/address.ts'

export interface Tokens {
  readonly read?: string | undefined
  readonly operate?: string | undefined
}

/** What decides of a request. */
export interface Presented {
  readonly host: string | undefined
  /** Sent by browsers: the site of the page that asks. */
  readonly origin: string | undefined
  /** Sent by browsers: `cross-site` and the like. */
  readonly fetchSite: string | undefined
  readonly bearer: string | undefined
}

export interface Refusal {
  readonly status: 401 | 403
  readonly error: string
}

/** Undefined: may. `isLoopback`: nobody but this machine reaches where we listen. */
export function refusalOf(
  presented: Presented,
  wants: 'read' | 'operate',
  tokens: Tokens,
  isLoopback: boolean,
): Refusal | undefined {
  const { host, origin, fetchSite, bearer } = presented
  if (fetchSite === 'cross-site' || (origin !== undefined && hostOf(origin) !== host))
    return { status: 403, error: 'expected a request that no page of another site made' }
  const isOperator = isSameToken(bearer, tokens.operate)
  const isReader = isOperator || isSameToken(bearer, tokens.read)
  if (wants === 'operate' ? isOperator : isReader) return undefined
  const hasTokens = tokens.read !== undefined || tokens.operate !== undefined
  const isOpen = isLoopback && (wants === 'operate' ? !hasTokens : tokens.read === undefined)
  if (isOpen) return isLoopbackHost(host) ? undefined : wrongHost(host)
  if (wants === 'operate' && tokens.operate === undefined)
    return { status: 403, error: 'acting takes a token, and admin.tokens.operate is not set' }
  if (isReader) return { status: 403, error: 'expected the token for operating, found the one for reading' }
  return {
    status: 401,
    error: `expected a token in the header Authorization, found ${bearer ? 'another one' : 'none'}`,
  }
}

function wrongHost(host: string | undefined): Refusal {
  const found = host === undefined ? 'none' : JSON.stringify(host.slice(0, 100))
  return { status: 403, error: `without tokens, expected localhost or a loopback address as the Host, found ${found}` }
}

/** In constant time: neither the length nor the first wrong character shows. */
export function isSameToken(given: string | undefined, expected: string | undefined): boolean {
  if (given === undefined || expected === undefined) return false
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address)
}

function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return false
  if (/^localhost(:\d+)?$/i.test(host)) return true
  const endpoint = parseEndpoint(/:\d+$/.test(host) ? host : `${host}:80`)
  return endpoint !== undefined && isLoopbackAddress(endpoint.address)
}

/** What stands in the header `Host` for pages of an origin; undefined for `null` and nonsense. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
