// What is known about a set of addresses while places are compiled, and the rules by which what several databases and
// the operator's own networks say becomes one. Equal facts get one number, so that ranges can be compared by it.

import { continentNumber, countries, countryCode, countryNumber } from './country.ts'
import type { GeoRecord } from './record.ts'

/** How a place came by its coordinates. */
export const Located = { nowhere: 0, byCountry: 1, byDatabase: 2, byNetwork: 3 } as const
export type Located = (typeof Located)[keyof typeof Located]

/** The numbers are those of `Places`; 0 is unknown. */
export interface Facts {
  readonly country: number
  readonly continent: number
  readonly subdivision: number
  readonly asn: number
  /** Degrees; 0 where `located` says nowhere. */
  readonly lat: number
  readonly lon: number
  readonly located: Located
  /** Who says so: 0 nobody, then the databases from 1, then own networks. */
  readonly source: number
  /** The innermost own network with a name. */
  readonly network: number
  /** 1 where any own network holds the addresses, with or without a name. */
  readonly own: number
  /** 1 in the ranges of RFC 6890 that no own network holds. */
  readonly special: number
}

export const noFacts: Facts = {
  country: 0,
  continent: 0,
  subdivision: 0,
  asn: 0,
  lat: 0,
  lon: 0,
  located: Located.nowhere,
  source: 0,
  network: 0,
  own: 0,
  special: 0,
}

/** Of clients that are nowhere on the Internet, whatever a database says. */
export const specialFacts: Facts = { ...noFacts, special: 1 }

/** Gives equal values equal numbers; the first is 0. */
export interface Interner<Value> {
  readonly all: readonly Value[]
  number(value: Value): number
  /** The number of a value that has one. */
  find(value: Value): number | undefined
}

export function openInterner<Value>(first: Value, keyOf: (value: Value) => string): Interner<Value> {
  const all = [first]
  const numbers = new Map([[keyOf(first), 0]])
  const number = (value: Value): number => {
    const key = keyOf(value)
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, all.length)
    return all.push(value) - 1
  }
  return { all, number, find: (value) => numbers.get(keyOf(value)) }
}

export function keyOfFacts(facts: Facts): string {
  const { country, continent, subdivision, asn, lat, lon, located, source, network, own, special } = facts
  return `${country},${continent},${subdivision},${asn},${lat},${lon},${located},${source},${network},${own},${special}`
}

/** A database's record. `subdivision` gives a subdivision's name its number. */
export function factsOf(record: GeoRecord, source: number, subdivision: (name: string) => number): Facts {
  const facts: Facts = {
    ...noFacts,
    country: countryNumber(record.country),
    continent: continentNumber(record.continent),
    subdivision: record.subdivision === '' ? 0 : subdivision(record.subdivision),
    asn: record.asn,
    ...(record.at && { lat: record.at.lat, lon: record.at.lon, located: Located.byDatabase }),
  }
  return knowsWhere(facts) || facts.asn !== 0 ? { ...facts, source } : noFacts
}

function knowsWhere(facts: Facts): boolean {
  return facts.country !== 0 || facts.continent !== 0 || facts.located !== Located.nowhere
}

/**
 * Two databases, the first being preferred: what it does not know comes from the second. Where both know the place, the
 * second adds only what agrees: coordinates in another country than the first one's would be worse than none.
 */
export function mergeFacts(first: Facts, second: Facts): Facts {
  const asn = first.asn || second.asn
  if (!knowsWhere(second)) return { ...first, asn, source: first.source || second.source }
  if (!knowsWhere(first)) return { ...second, asn }
  const isWider = first.country === 0 && first.located === Located.nowhere && second.continent === first.continent
  if (isWider) return { ...second, asn } // "somewhere in Europe", and the second knows where
  if (first.country === 0 || second.country !== first.country) return { ...first, asn }
  const subdivision = first.subdivision || second.subdivision
  const isNear = first.subdivision === 0 || first.subdivision === second.subdivision
  const takesAt = first.located === Located.nowhere && second.located !== Located.nowhere && isNear
  const at = takesAt ? { lat: second.lat, lon: second.lon, located: second.located } : {}
  return { ...first, asn, subdivision, continent: first.continent || second.continent, ...at }
}

/** An own network, or a prefix that a condition names, over what is known beneath: what it says holds, and what can no longer be true with it is forgotten. */
export function overlayFacts(beneath: Facts, network: Facts): Facts {
  const facts = {
    ...beneath,
    own: beneath.own || network.own,
    network: network.network || beneath.network,
    asn: network.asn || beneath.asn,
  }
  if (network.country !== 0 && network.country !== beneath.country) {
    Object.assign(facts, { country: network.country, continent: 0, subdivision: 0, ...nowhere, source: network.source })
  }
  if (network.subdivision !== 0 && network.subdivision !== beneath.subdivision) {
    Object.assign(facts, { subdivision: network.subdivision, ...nowhere, source: network.source })
  }
  if (network.located !== Located.nowhere) {
    const { lat, lon, located, source } = network
    Object.assign(facts, { lat, lon, located, source })
  }
  if (facts.source === 0 && facts.asn !== 0) facts.source = network.source
  return facts
}

const nowhere = { lat: 0, lon: 0, located: Located.nowhere }

/** Adds what follows from the country alone: its continent and its centre. */
export function completeFacts(facts: Facts): Facts {
  const country = countries.get(countryCode(facts.country))
  if (!country) return facts
  const continent = facts.continent || country.continent
  if (facts.located !== Located.nowhere) return { ...facts, continent }
  return { ...facts, continent, lat: country.lat, lon: country.lon, located: Located.byCountry }
}
