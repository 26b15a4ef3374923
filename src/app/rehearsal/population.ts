// Who asks: clients that stand for all the users of the Internet, or those of a query log, and the resolvers they ask through.

import type { Address } from '../../core/base/address.ts'
import { countryCode } from '../../core/geo/country.ts'
import { internetUsers, internetUsersSource } from '../../core/geo/internet-users.ts'
import { Type } from '../../core/wire/message.ts'
import { lowerName, parseName, printName, ROOT } from '../../core/wire/name.ts'
import type { Chance } from './chance.ts'
import { type Holding, steeredNames } from './names.ts'
import { openQueryReader } from './query-log.ts'
import { bytesOf, clientIn, sweep } from './ranges.ts'
import type { Scenario } from './scenario.ts'
import type { Stage } from './stage.ts'

export interface SimulatedClient extends Address {
  /** Its part of the whole demand; those of all clients make 1. */
  readonly weight: number
  /** Index into `questions`. */
  readonly question: number
}

export interface Resolver {
  readonly address: Address
  /** Whether it passes its clients' networks on, and caches by the scope that comes back (RFC 7871 §7.3). */
  readonly passesOn: boolean
  /** Answers are kept at least so long, whatever their TTL. */
  readonly holdSec: number
  readonly clients: readonly SimulatedClient[]
}

export interface Population {
  readonly questions: readonly { readonly name: Uint8Array; readonly type: number }[]
  readonly resolvers: readonly Resolver[]
  readonly clients: number
  /** Where it comes from, in words. */
  readonly source: string
}

/** What is wrong as a string. */
export function internetPopulation(stage: Stage, scenario: Scenario, chance: Chance): Population | string {
  const names = namesAsked(stage, scenario.name)
  if (typeof names === 'string') return names
  const space = countriesOf(stage)
  const shares = [...internetUsers].filter(([country]) => space.has(country))
  if (shares.length === 0)
    return 'the geo databases of this configuration know no country: give a query log with --queries'
  const questions = names.flatMap(({ name }) => [
    { name, type: Type.A },
    { name, type: Type.AAAA },
  ])
  const everybody = shares.reduce((sum, [, users]) => sum + users, 0)
  const deal = openDeal(scenario, chance)
  for (const [country, users] of shares) {
    const many = Math.max(1, Math.round((scenario.clients * users) / everybody))
    const { v4, v6 } = space.get(country)!
    for (let i = 0; i < many; i++) {
      const isV6 = v6.count > 0 && (v4.count === 0 || chance.next() < scenario.ipv6)
      const question = 2 * chance.below(names.length) + (isV6 ? 1 : 0)
      const client = { ...pickAddress(isV6 ? v6 : v4, chance), weight: users / everybody / many, question }
      deal.add(client, country, () => pickAddress(v4.count > 0 ? v4 : v6, chance))
    }
  }
  const source = `Internet users by country: ${internetUsersSource}`
  return { questions, resolvers: deal.resolvers(), clients: deal.clients(), source }
}

/** The clients of a log, each as often as it asks. Lines that are no queries, and those for names without a service, are counted. */
export function logPopulation(
  stage: Stage,
  lines: Iterable<string>,
  scenario: Scenario,
  chance: Chance,
): { population: Population; bad: number; other: number } | string {
  const names = namesAsked(stage, scenario.name)
  if (typeof names === 'string') return names
  const wanted = new Set(names.map(({ name }) => printName(name)))
  const questions: { name: Uint8Array; type: number }[] = []
  const numbers = new Map<string, number>()
  const counts = new Map<string, { client: Address; question: number; count: number }>()
  const reader = openQueryReader()
  let [bad, other, total] = [0, 0, 0]
  for (const line of lines) {
    const query = reader.read(line)
    if (query === undefined) continue
    if (typeof query === 'string') bad++
    else if (!wanted.has(printName(lowerName(query.wire)))) other++
    else {
      const key = `${printName(lowerName(query.wire))} ${query.code}`
      const question = numbers.get(key) ?? questions.push({ name: query.wire, type: query.code }) - 1
      numbers.set(key, question)
      const entry = counts.get(`${key} ${query.client}`)
      if (entry) entry.count++
      else counts.set(`${key} ${query.client}`, { client: query.address, question, count: 1 })
      total++
    }
  }
  if (total === 0) return 'no query of the log is for a name with a service'
  const deal = openDeal(scenario, chance)
  for (const { client, question, weight } of sampled([...counts.values()], total, scenario.clients, chance)) {
    const { family, bytes } = client
    deal.add({ family, bytes, weight, question }, '', () => client)
  }
  const population = {
    questions,
    resolvers: deal.resolvers(),
    clients: deal.clients(),
    source: `${total} logged queries`,
  }
  return { population, bad, other }
}

/** All of them, or, where they are more than `most`, those that as many points at equal distances in the log fall upon. */
function* sampled<Each extends { readonly count: number }>(
  all: readonly Each[],
  total: number,
  most: number,
  chance: Chance,
): Generator<Each & { readonly weight: number }> {
  const step = total / most
  let passed = 0
  let next = chance.next() * step
  for (const each of all) {
    passed += each.count
    if (all.length <= most) yield { ...each, weight: each.count / total }
    else if (next < passed) {
      const hits = Math.ceil((passed - next) / step)
      next += hits * step
      yield { ...each, weight: hits / most }
    }
  }
}

/** One name of each service, or the one that is asked for. */
function namesAsked(stage: Stage, wanted: string | undefined): Holding[] | string {
  const all = steeredNames(stage)
  if (wanted !== undefined) {
    const wire = parseName(wanted, ROOT)
    if (typeof wire === 'string') return `expected a domain name, found ${wire}`
    const text = printName(lowerName(wire))
    const found = all.find(({ name }) => printName(name) === text)
    return found ? [found] : `${wanted} has no service; there is ${namesText(all)}`
  }
  if (all.length === 0) return 'no name of this configuration has a service'
  const seen = new Map<string, Holding>()
  for (const holding of all) {
    const key = `${holding.service}`
    const known = seen.get(key)
    // The apex is the less telling name of two.
    if (!known || known.name.length < holding.name.length) seen.set(key, holding)
  }
  return [...seen.values()]
}

function namesText(all: readonly Holding[]): string {
  return [...new Set(all.map(({ name }) => printName(name)))].slice(0, 8).join(', ')
}

/** Deals clients out to resolvers, so that every share comes out as wanted and not as chance has it. */
interface Deal {
  add(client: SimulatedClient, country: string, addressOfResolver: () => Address): void
  resolvers(): Resolver[]
  clients(): number
}

interface Open {
  readonly address: Address
  readonly passesOn: boolean
  readonly holdSec: number
  readonly clients: SimulatedClient[]
}

function openDeal(scenario: Scenario, chance: Chance): Deal {
  const { ecs, stubborn, clients: perResolver } = scenario.resolvers
  const all: Open[] = []
  const sites = new Map<string, Open>()
  // Where dealing begins is left to chance, the same for everything.
  const passing = openShare(ecs, chance.next())
  const holding = { true: openShare(stubborn.share, chance.next()), false: openShare(stubborn.share, chance.next()) }
  let many = 0
  return {
    add(client, country, addressOfResolver) {
      many++
      const passesOn = passing(client.weight)
      const isStubborn = holding[`${passesOn}`](client.weight)
      const key = `${country} ${passesOn} ${isStubborn}`
      let site = sites.get(key)
      // One site of a resolver that passes networks on serves a whole country, and caches for each prefix of it.
      if (!site || country === '' || (!passesOn && site.clients.length >= perResolver)) {
        const holdSec = isStubborn ? stubborn.holdSec : 0
        site = { address: addressOfResolver(), passesOn, holdSec, clients: [] }
        sites.set(key, site)
        all.push(site)
      }
      site.clients.push(client)
    },
    resolvers: () => all,
    clients: () => many,
  }
}

/** Says yes for this share of what it is asked about, by weight. */
function openShare(share: number, start: number): (weight: number) => boolean {
  let said = 0
  let all = 0
  let isFirst = true
  return (weight) => {
    all += weight
    const isYes = share > 0 && (isFirst ? start < share : said + weight / 2 <= share * all)
    isFirst = false
    if (isYes) said += weight
    return isYes
  }
}

/** Addresses of one family in one country. */
interface Pool {
  count: number
  size: number
  readonly starts: bigint[]
  /** How many there are up to and with each stretch. */
  readonly ends: number[]
  readonly family: 4 | 6
}

function countriesOf({ bound }: Stage): Map<string, { v4: Pool; v6: Pool }> {
  const countries = new Map<string, { v4: Pool; v6: Pool }>()
  for (const family of [4, 6] as const) {
    for (const stretch of sweep([bound.places], family)) {
      const place = stretch.places[0]!
      const country = countryCode(bound.places.country[place]!)
      if (country === '' || clientIn(stretch, [bound.places]) === undefined) continue
      let space = countries.get(country)
      if (!space) countries.set(country, (space = { v4: openPool(4), v6: openPool(6) }))
      const pool = family === 4 ? space.v4 : space.v6
      // In networks as they are passed on: of 256 addresses, or of 72 bits of them.
      pool.size += Math.max(1, Number((stretch.to - stretch.from + 1n) >> (family === 4 ? 8n : 72n)))
      pool.count++
      pool.starts.push(stretch.from)
      pool.ends.push(pool.size)
    }
  }
  return countries
}

function openPool(family: 4 | 6): Pool {
  return { count: 0, size: 0, starts: [], ends: [], family }
}

function pickAddress(pool: Pool, chance: Chance): Address {
  const at = chance.next() * pool.size
  let low = 0
  let high = pool.ends.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (pool.ends[middle]! > at) high = middle
    else low = middle + 1
  }
  const within = Math.floor(at - (low === 0 ? 0 : pool.ends[low - 1]!))
  const network = pool.starts[low]! + (BigInt(within) << (pool.family === 4 ? 8n : 72n))
  return { family: pool.family, bytes: bytesOf(network, pool.family) }
}
