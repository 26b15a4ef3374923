// Classes of clients: all addresses that have the same place in the one configuration and the same place in the other. No policy
// can tell two clients of a class apart but by their addresses, so asking for one of each is asking for everybody.

import { continentNames, countryCode } from '../../core/geo/country.ts'
import { internetUsers } from '../../core/geo/internet-users.ts'
import { describeNetwork, type PlaceNames, type Places } from '../../core/geo/places.ts'
import { clientIn, type Stretch, sweep } from './ranges.ts'
import type { Stage } from './stage.ts'

export interface ClientClass {
  readonly family: 4 | 6
  /** An address of the class: the first of its widest stretch. */
  readonly address: Uint8Array
  /** The widest stretches, for those who want more clients of the class. */
  readonly stretches: readonly Stretch[]
  /** 0 unknown. */
  readonly continent: number
  /** Two letters, empty where unknown. */
  readonly country: string
  /** What is narrower than the country: the own network, the subdivision, the system; empty where nothing is. */
  readonly detail: string
  readonly isOwn: boolean
  /** Its share of the Internet's users, by country and, within one, by IPv4 addresses: 0 to 1. */
  readonly users: number
}

const KEPT = 16
/** Places are numbered below this. */
const MANY = 0x4000000

interface Gathering {
  readonly family: 4 | 6
  readonly stretches: Stretch[]
  address: Uint8Array | undefined
  size: bigint
}

/** The classes of clients as these two configurations tell them apart. */
export function classesOf(old: Stage, fresh: Stage): ClientClass[] {
  const images = [old.bound.places, fresh.bound.places]
  const found = ([4, 6] as const).flatMap((family) => gatherClasses(images, family))
  return weigh(found, images, [old.loaded.names.places, fresh.loaded.names.places])
}

function gatherClasses(images: readonly Places[], family: 4 | 6): Gathering[] {
  const classes = new Map<number, Gathering>()
  for (const stretch of sweep(images, family)) {
    const [first, second] = stretch.places as [number, number]
    const key = first * MANY + second
    const address = clientIn(stretch, images)
    if (!address) continue
    let gathering = classes.get(key)
    if (!gathering) classes.set(key, (gathering = { family, stretches: [], address: undefined, size: 0n }))
    add(gathering, stretch, address)
  }
  return [...classes.values()]
}

function add(gathering: Gathering, stretch: Stretch, address: Uint8Array): void {
  const { stretches } = gathering
  const size = sizeOf(stretch)
  gathering.size += size
  if (stretches.length === KEPT && size <= sizeOf(stretches[KEPT - 1]!)) return
  if (stretches.length === 0 || size > sizeOf(stretches[0]!)) gathering.address = address
  stretches.push(stretch)
  stretches.sort((a, b) => Number(sizeOf(b) - sizeOf(a)))
  stretches.length = Math.min(KEPT, stretches.length)
}

function sizeOf({ from, to }: Stretch): bigint {
  return to - from + 1n
}

function weigh(found: readonly Gathering[], images: readonly Places[], names: readonly PlaceNames[]): ClientClass[] {
  const addresses = new Map<string, number>()
  const described = found.map((gathering) => {
    const { places } = gathering.stretches[0]!
    // The new configuration says who somebody is, unless only the old one knows.
    const image = images[1]!.country[places[1]!] === 0 && images[0]!.country[places[0]!] !== 0 ? 0 : 1
    const place = places[image]!
    const country = countryCode(images[image]!.country[place]!)
    const size = gathering.family === 4 ? Number(gathering.size) : 0
    addresses.set(country, (addresses.get(country) ?? 0) + size)
    const isOwn = images.some((each, i) => each.network[places[i]!] !== 0)
    const detail = detailOf(images[image]!, names[image]!, place)
    return { gathering, country, continent: images[image]!.continent[place]!, isOwn, detail, size }
  })
  const everybody = [...internetUsers.values()].reduce((sum, users) => sum + users, 0)
  return described.map(({ gathering: { family, stretches, address }, size, ...rest }) => {
    const share = size === 0 ? 0 : size / addresses.get(rest.country)!
    const users = (share * (internetUsers.get(rest.country) ?? 0)) / everybody
    return { family, stretches, address: address!, ...rest, users }
  })
}

function detailOf(places: Places, names: PlaceNames, place: number): string {
  const network = places.network[place]!
  if (network !== 0) return describeNetwork(names, places.networkName[network]!)
  const subdivision = places.subdivision[place]!
  const asn = places.asn[place]!
  const parts = [
    subdivision === 0 ? '' : `subdivision ${names.subdivisions[subdivision - 1]}`,
    asn === 0 ? '' : `AS${asn}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/**
 * Whom some of the classes are, in the fewest words: `everybody`, `continent EU`, `country CA`, and only then what is narrower.
 * Those with the most users come first.
 */
export function describeClients(some: readonly ClientClass[], all: readonly ClientClass[]): string[] {
  if (some.length === all.length) return ['everybody']
  const left = new Set(some)
  const labels: { readonly text: string; readonly users: number }[] = []
  const take = (keyOf: (each: ClientClass) => string): void => {
    const whole = groupBy(all, keyOf)
    for (const [text, members] of groupBy([...left], keyOf)) {
      if (text === '' || members.length < whole.get(text)!.length) continue
      labels.push({ text, users: sum(members) })
      for (const member of members) left.delete(member)
    }
  }
  take(continentOf)
  take(countryOf)
  take(detailedOf)
  for (const each of left) {
    const text = `${detailedOf(each) || 'unknown places'} (IPv${each.family})`
    labels.push({ text, users: each.users })
  }
  const order = labels.sort((a, b) => b.users - a.users || (a.text < b.text ? -1 : 1))
  return [...new Set(order.map(({ text }) => text))]
}

function continentOf({ isOwn, continent }: ClientClass): string {
  return isOwn || continent === 0 ? '' : `continent ${continentNames[continent - 1]}`
}

function countryOf({ isOwn, country }: ClientClass): string {
  return isOwn || country === '' ? '' : `country ${country}`
}

function detailedOf(each: ClientClass): string {
  const { detail, isOwn } = each
  if (isOwn) return detail
  return detail === ''
    ? countryOf(each) || 'unknown places'
    : [countryOf(each), detail].filter((part) => part !== '').join(', ')
}

function groupBy(classes: readonly ClientClass[], keyOf: (each: ClientClass) => string): Map<string, ClientClass[]> {
  const groups = new Map<string, ClientClass[]>()
  for (const each of classes) {
    const key = keyOf(each)
    const group = groups.get(key)
    if (group) group.push(each)
    else groups.set(key, [each])
  }
  return groups
}

function sum(classes: readonly ClientClass[]): number {
  return classes.reduce((total, { users }) => total + users, 0)
}
