// Conditions on where a client is, as operators write them: "continent EU", "country CA", "subdivision CA-QC",
// "asn 64500", "network office", "cidr 192.0.2.0/24", "group dach". The kind is always said, because AF is both Africa and
// Afghanistan.

import { type Prefix, parsePrefix, printPrefix, withoutHostBits } from '../base/address.ts'
import { didYouMean, suggest } from '../base/suggest.ts'
import { embeddedOffset } from './client.ts'
import { continentNames, continentNumber, continents, countries, countryCode, countryNumber } from './country.ts'

export type Where =
  /** `value` as in `Places.continent`. */
  | { readonly kind: 'continent'; readonly value: number }
  /** `value` as in `Places.country`. */
  | { readonly kind: 'country'; readonly value: number }
  /** `value` as in `PlaceNames.subdivisions`. */
  | { readonly kind: 'subdivision'; readonly value: string }
  | { readonly kind: 'asn'; readonly value: number }
  /** `value` as in `PlaceNames.networks`. */
  | { readonly kind: 'network'; readonly value: string }
  | { readonly kind: 'cidr'; readonly value: Prefix }
  /** The name of a group of such conditions; see groups.ts. */
  | { readonly kind: 'group'; readonly value: string }

export interface WhereMistake {
  readonly kind: 'mistake'
  readonly message: string
  readonly hint?: string
}

const kinds = ['continent', 'country', 'subdivision', 'asn', 'network', 'cidr', 'group'] as const
const forms =
  '"continent EU", "country CA", "subdivision CA-QC", "asn 64500", "network office", "cidr 192.0.2.0/24" or "group dach"'

/** Codes that people expect and ISO 3166-1 does not have. */
const notIso: Readonly<Record<string, string>> = { UK: 'GB', EL: 'GR' }

export function parseWhere(text: string): Where | WhereMistake {
  const [kind, value = '', ...more] = text.trim().split(/\s+/) as [string, ...string[]]
  const rest = [value, ...more].join(' ')
  if (rest === '' || !isKind(kind)) return unqualified(text, kind, rest)
  switch (kind) {
    case 'continent':
      return parseContinent(rest)
    case 'country':
      return parseCountry(rest)
    case 'subdivision':
      return parseSubdivision(rest)
    case 'asn':
      return parseAsn(rest)
    case 'network':
      return parseNetwork(rest)
    case 'cidr':
      return parseCidr(rest)
    case 'group':
      return parseGroup(rest)
  }
}

/** As an operator would write it. */
export function printWhere(where: Where): string {
  if (where.kind === 'continent') return `continent ${continents[where.value - 1] ?? '?'}`
  if (where.kind === 'country') return `country ${countryCode(where.value)}`
  if (where.kind === 'cidr') return `cidr ${printPrefix(where.value)}`
  return `${where.kind} ${where.value}`
}

function isKind(word: string): word is (typeof kinds)[number] {
  return (kinds as readonly string[]).includes(word)
}

function parseContinent(code: string): Where | WhereMistake {
  const value = continentNumber(code)
  if (value !== 0) return { kind: 'continent', value }
  const meant = continentByName(code) ?? (continentNumber(code.toUpperCase()) === 0 ? undefined : code.toUpperCase())
  const hint = meant === undefined ? undefined : `did you mean "continent ${meant}"?`
  return mistake(`expected a continent (${continents.join(', ')}), found "${code}"`, hint)
}

function parseCountry(code: string): Where | WhereMistake {
  const problem = checkCountry(code)
  return problem ?? { kind: 'country', value: countryNumber(code) }
}

/** The mistake in a country's code, or undefined where there is none. */
export function checkCountry(code: string): WhereMistake | undefined {
  if (countries.has(code)) return undefined
  const upper = code.toUpperCase()
  const meant = notIso[upper] ?? (countries.has(upper) ? upper : countryByName(code))
  const hint = meant === undefined ? undefined : `did you mean "${meant}", ${countries.get(meant)!.name}?`
  return mistake(`expected a 2-letter country code of ISO 3166-1, found "${code}"`, hint)
}

function parseSubdivision(code: string): Where | WhereMistake {
  const problem = checkSubdivision(code)
  return problem ?? { kind: 'subdivision', value: code }
}

/** The mistake in a subdivision's code, or undefined. Some databases name theirs in words: "AU-Queensland" is one too. */
export function checkSubdivision(code: string): WhereMistake | undefined {
  const expected = `expected a subdivision of a country as in ISO 3166-2, such as CA-QC, found "${code}"`
  const parts = /^([^-]*)-(\S.*)$/.exec(code)
  if (!parts) return mistake(expected)
  const country = checkCountry(parts[1]!)
  return country && mistake(expected, country.hint)
}

function parseAsn(text: string): Where | WhereMistake {
  const value = Number(text)
  if (/^\d{1,10}$/.test(text) && value >= 1 && value <= 0xffffffff) return { kind: 'asn', value }
  const digits = /^AS(\d+)$/i.exec(text)?.[1]
  const hint = digits === undefined ? undefined : `did you mean "asn ${digits}"?`
  return mistake(`expected the number of an autonomous system, 1 to 4294967295, found "${text}"`, hint)
}

function parseNetwork(name: string): Where | WhereMistake {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(name)) return { kind: 'network', value: name }
  return mistake(`expected the name of a network in networks.yaml, found "${name}"`)
}

function parseCidr(text: string): Where | WhereMistake {
  const value = parsePrefix(text)
  if (!value) {
    const meant = withoutHostBits(text)
    const hint = meant === undefined ? undefined : `did you mean "cidr ${meant}"?`
    return mistake(`expected a prefix such as 192.0.2.0/24 or 2001:db8::/32, found "${text}"`, hint)
  }
  const offset = value.family === 6 ? embeddedOffset(value.bytes, 0) : -1
  if (offset < 0 || value.length < offset) return { kind: 'cidr', value }
  const hint = 'clients with such addresses are looked up by the IPv4 address inside'
  return mistake(`expected the IPv4 prefix itself, found it inside of IPv6 as ${printPrefix(value)}`, hint)
}

function parseGroup(name: string): Where | WhereMistake {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(name)) return { kind: 'group', value: name }
  return mistake(`expected the name of a group in geo.groups, found "${name}"`)
}

/** No kind, or none that exists: guesses what was meant, and says both where it could be two things. */
function unqualified(text: string, kind: string, rest: string): WhereMistake {
  const message = `expected ${forms}, found "${text.trim()}"`
  if (isKind(kind)) return mistake(message, `what comes after "${kind}" is missing`)
  const meantKind = rest === '' ? undefined : suggest(kind, kinds)
  if (meantKind !== undefined) return mistake(message, `did you mean "${meantKind} ${rest}"?`)
  const guesses = guessWhole(rest === '' ? kind : `${kind} ${rest}`)
  if (guesses.length === 0) return mistake(message, rest === '' ? didYouMean(kind, kinds) : undefined)
  return mistake(message, guesses.length === 1 ? `did you mean ${guesses[0]}?` : `write ${guesses.join(' or ')}`)
}

function guessWhole(text: string): string[] {
  const upper = text.toUpperCase()
  const guesses: string[] = []
  const continent = continentNumber(upper) === 0 ? continentByName(text) : upper
  if (continent !== undefined)
    guesses.push(`"continent ${continent}", ${continentNames[continentNumber(continent) - 1]}`)
  const country =
    notIso[upper] ?? (countries.has(upper) ? upper : continent === undefined ? countryByName(text) : undefined)
  if (country !== undefined) guesses.push(`"country ${country}", ${countries.get(country)!.name}`)
  // With two readings the names tell them apart; with one they are only in the way.
  if (guesses.length === 1) return [guesses[0]!.split(',')[0]!]
  if (guesses.length > 0) return guesses
  if (checkSubdivision(upper) === undefined) return [`"subdivision ${upper}"`]
  if (parsePrefix(text)) return [`"cidr ${text}"`]
  const asn = /^(?:AS)?(\d{1,10})$/i.exec(text)?.[1]
  return asn === undefined ? [] : [`"asn ${asn}"`]
}

function continentByName(name: string): string | undefined {
  const nearest = suggest(name, continentNames)
  return nearest === undefined ? undefined : continents[(continentNames as readonly string[]).indexOf(nearest)]
}

/** Short words are too near to too many names to guess. */
function countryByName(name: string): string | undefined {
  if (name.length < 4) return undefined
  const all = [...countries.values()]
  const nearest = suggest(
    name,
    all.map((country) => country.name),
  )
  return all.find((country) => country.name === nearest)?.code
}

function mistake(message: string, hint?: string): WhereMistake {
  return hint === undefined ? { kind: 'mistake', message } : { kind: 'mistake', message, hint }
}
