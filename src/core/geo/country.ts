// Countries and continents as small numbers, so that the packet path compares integers: a country is
// 1 + (first letter - A) * 26 + (second letter - A), a continent 1 to 7 in alphabetical order; 0 is "unknown" for both.

import { countryRows } from './countries.ts'

export const continents = ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'] as const

export const continentNames = [
  'Africa',
  'Antarctica',
  'Asia',
  'Europe',
  'North America',
  'Oceania',
  'South America',
] as const

export interface Country {
  readonly code: string
  readonly name: string
  /** As `Places.continent`. */
  readonly continent: number
  /** The centre of its largest land mass, in degrees. */
  readonly lat: number
  readonly lon: number
}

/** Every country by its 2-letter code. */
export const countries: ReadonlyMap<string, Country> = new Map(countryRows.map(readRow))

function readRow(row: string): [string, Country] {
  const [code, continent, lat, lon, ...name] = row.split(' ') as [string, string, string, string, ...string[]]
  const country = {
    code,
    name: name.join(' '),
    continent: continentNumber(continent),
    lat: Number(lat),
    lon: Number(lon),
  }
  return [code, country]
}

/** 1 to 676 for any two capital letters, whether or not a country has them; 0 for anything else. */
export function countryNumber(code: string): number {
  if (code.length !== 2) return 0
  const first = code.charCodeAt(0) - 65
  const second = code.charCodeAt(1) - 65
  return first >= 0 && first < 26 && second >= 0 && second < 26 ? 1 + first * 26 + second : 0
}

/** The two letters; empty for 0. */
export function countryCode(number: number): string {
  if (number === 0) return ''
  return String.fromCharCode(65 + Math.floor((number - 1) / 26), 65 + ((number - 1) % 26))
}

/** 1 to 7, or 0 where the text is no continent's code. */
export function continentNumber(code: string): number {
  return (continents as readonly string[]).indexOf(code) + 1
}

/** The two letters; empty for 0. */
export function continentCode(number: number): string {
  return continents[number - 1] ?? ''
}
