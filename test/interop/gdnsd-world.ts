// The same pools, maps and failover lists for gdnsd and for Meridian: drawn by numbers that are the same in every run, and
// written once in the language of each.

import type { Entry } from '../core/geo/mmdb-writer.ts'

export interface Target {
  readonly address: string
  readonly weight: number
}

export interface Pool {
  readonly name: string
  readonly kind: 'multifo' | 'weighted'
  readonly targets: readonly Target[]
}

/** Datacenters in order, by where the client is. */
export interface GeoMap {
  readonly name: string
  readonly datacenters: readonly string[]
  readonly rest: readonly string[]
  readonly continents: Readonly<Record<string, readonly string[]>>
  readonly countries: Readonly<Record<string, { readonly continent: string; readonly to: readonly string[] }>>
  readonly networks: Readonly<Record<string, readonly string[]>>
}

/** What a datacenter is in one resource: a pool, or a list of pools in order. */
export type Place = string | readonly string[]

export interface Resource {
  readonly name: string
  /** Absent: one list for everybody. */
  readonly map?: GeoMap
  readonly order: readonly string[]
  readonly places: Readonly<Record<string, Place>>
  /** In Meridian, clients whose own list has failed go on to the list of a less specific place. */
  readonly fallsThrough?: boolean
}

export interface Twin {
  readonly pools: readonly Pool[]
  readonly resources: readonly Resource[]
  readonly entries: readonly Entry[]
  /** Networks whose clients are asked for. */
  readonly clients: readonly string[]
}

type Numbers = (limit: number) => number

const countries: Readonly<Record<string, string>> = {
  DE: 'EU',
  FR: 'EU',
  IE: 'EU',
  US: 'NA',
  CA: 'NA',
  JP: 'AS',
  SG: 'AS',
  BR: 'SA',
  ZA: 'AF',
  AU: 'OC',
}
const datacenters = ['eu', 'us', 'ap', 'sa']

function pickOne<T>(numbers: Numbers, items: readonly T[]): T {
  return items[numbers(items.length)]!
}

/** Some of the items, at least one, in any order. */
function pickSome<T>(numbers: Numbers, items: readonly T[]): T[] {
  const left = [...items]
  const some: T[] = []
  for (let count = 1 + numbers(items.length); count > 0; count--) some.push(left.splice(numbers(left.length), 1)[0]!)
  return some
}

export function drawTwin(numbers: Numbers): Twin {
  const pools = Array.from({ length: 8 }, (_, p): Pool => {
    const isWeighted = p % 2 === 1
    const targets = Array.from({ length: 1 + numbers(isWeighted ? 3 : 5) }, (__, t) => ({
      address: `192.0.${p}.${t + 1}`,
      weight: isWeighted ? 1 + numbers(2) : 1,
    }))
    return { name: `p${p}`, kind: isWeighted ? 'weighted' : 'multifo', targets }
  })
  const entries = drawEntries(numbers)
  const prefixes = entries.map(({ prefix }) => prefix)
  const maps = [0, 1, 2].map((m) => drawMap(numbers, `m${m}`, prefixes))
  const resources = Array.from({ length: 9 }, (_, r): Resource => {
    const map = r % 3 === 2 ? undefined : maps[r % maps.length]!
    // Only what its clients are never sent to may be missing, and in gdnsd nothing may.
    const places = Object.fromEntries(datacenters.map((name) => [name, drawPlace(numbers, pools)]))
    return { name: `r${r}`, ...(map && { map }), order: map ? datacenters : pickSome(numbers, datacenters), places }
  })
  const clients = [
    ...prefixes,
    ...maps.flatMap(({ networks }) => Object.keys(networks)),
    '203.0.113.0/24',
    '2001:db8::/56',
  ]
  return { pools, resources, entries, clients }
}

function drawPlace(numbers: Numbers, pools: readonly Pool[]): Place {
  if (numbers(3) > 0) return pickOne(numbers, pools).name
  return pickSome(
    numbers,
    pools.map(({ name }) => name),
  ).slice(0, 3)
}

/** A database of countries: prefixes that do not lie in one another. */
function drawEntries(numbers: Numbers): Entry[] {
  const codes = Object.keys(countries)
  const entry = (prefix: string): Entry => {
    const code = pickOne(numbers, codes)
    return { prefix, record: { continent: { code: countries[code] }, country: { iso_code: code } } }
  }
  const v4 = Array.from({ length: 24 }, (_, i) => {
    const length = pickOne(numbers, [12, 14, 16, 19, 22, 24])
    return entry(`${20 + i}.${length < 16 ? 16 : 1 + numbers(200)}.${length > 22 ? 7 : 0}.0/${length}`)
  })
  const v6 = Array.from({ length: 12 }, (_, i) => {
    const length = pickOne(numbers, [32, 40, 48])
    return entry(`2a0${(i % 10).toString()}:${(0x1000 + i).toString(16)}:${length > 40 ? 'b' : '0'}::/${length}`)
  })
  return [...v4, ...v6]
}

function drawMap(numbers: Numbers, name: string, prefixes: readonly string[]): GeoMap {
  const order = (): string[] => pickSome(numbers, datacenters)
  const continents = Object.fromEntries(
    pickSome(numbers, ['EU', 'NA', 'AS', 'SA', 'AF']).map((code) => [code, order()]),
  )
  const some = pickSome(numbers, Object.keys(countries)).slice(0, 4)
  const networks: Record<string, readonly string[]> = {}
  for (const prefix of pickSome(numbers, prefixes).slice(0, 6)) networks[narrower(prefix)] = order()
  return {
    name,
    datacenters,
    rest: order(),
    continents,
    countries: Object.fromEntries(some.map((code) => [code, { continent: countries[code]!, to: order() }])),
    networks,
  }
}

/** A part of the prefix, so that the database says something else around it. */
function narrower(prefix: string): string {
  const [address, length] = prefix.split('/') as [string, string]
  return `${address}/${Number(length) + (address.includes(':') ? 8 : 2)}`
}

export function gdnsdConfig(twin: Twin, port: number, folder: string): string {
  const multifo = twin.pools.filter(({ kind }) => kind === 'multifo')
  const weighted = twin.pools.filter(({ kind }) => kind === 'weighted')
  const maps = new Map(twin.resources.flatMap(({ map }) => (map ? [[map.name, map]] : [])))
  const list = (names: readonly string[]): string => `[ ${names.join(', ')} ]`
  const pool = (name: string): string => `"%${twin.pools.find((one) => one.name === name)!.kind}!${name}"`
  // A list of pools is a metafo resource of its own.
  const lists = twin.resources.flatMap((resource) =>
    Object.entries(resource.places).flatMap(([dc, place]) =>
      typeof place === 'string' ? [] : [{ name: `${resource.name}-${dc}`, pools: place }],
    ),
  )
  const dcmap = ({ name, order, places }: Resource): string =>
    order
      .map((dc) => `${dc} => ${typeof places[dc] === 'string' ? pool(places[dc]) : `"%metafo!${name}-${dc}"`}`)
      .join(', ')
  return `
options => { listen => 127.0.0.1:${port}, run_dir => ${folder}/run, state_dir => ${folder}/state, edns_client_subnet => true }
service_types => { seen => { plugin => extfile, file => ${folder}/states, direct => true, interval => 10 } }
plugins => {
  extfile => {}
  multifo => { service_types => seen, ${multifo
    .map(({ name, targets }) => `${name} => { ${targets.map(({ address }, i) => `t${i} => ${address}`).join(', ')} }`)
    .join('\n    ')} }
  weighted => { service_types => seen, ${weighted
    .map(
      ({ name, targets }) =>
        `${name} => { ${targets.map(({ address, weight }, i) => `t${i} => [ ${address}, ${weight} ]`).join(', ')} }`,
    )
    .join('\n    ')} }
  metafo => { resources => {
    ${lists
      .map(
        ({ name, pools }) =>
          `${name} => { datacenters => ${list(pools)}, dcmap => { ${pools.map((one) => `${one} => ${pool(one)}`).join(', ')} } }`,
      )
      .join('\n    ')}
    ${twin.resources
      .filter(({ map }) => !map)
      .map(
        (resource) => `${resource.name} => { datacenters => ${list(resource.order)}, dcmap => { ${dcmap(resource)} } }`,
      )
      .join('\n    ')}
  } }
  geoip => {
    maps => { ${[...maps.values()]
      .map(
        (map) => `${map.name} => {
      geoip2_db => ${folder}/places.mmdb
      datacenters => ${list(map.datacenters)}
      map => { default => ${list(map.rest)}, ${gdnsdPlaces(map, list)} }
      nets => { ${Object.entries(map.networks)
        .map(([prefix, to]) => `${prefix} => ${list(to)}`)
        .join(', ')} }
    }`,
      )
      .join('\n    ')} }
    resources => { ${twin.resources
      .filter(({ map }) => map)
      .map((resource) => `${resource.name} => { map => ${resource.map!.name}, dcmap => { ${dcmap(resource)} } }`)
      .join('\n    ')} }
  }
}
`
}

/** Countries stand inside their continents, whose own list is the default there. */
function gdnsdPlaces(map: GeoMap, list: (names: readonly string[]) => string): string {
  const codes = new Set([
    ...Object.keys(map.continents),
    ...Object.values(map.countries).map(({ continent }) => continent),
  ])
  return [...codes]
    .map((code) => {
      const inside = Object.entries(map.countries)
        .filter(([, { continent }]) => continent === code)
        .map(([country, { to }]) => `${country} => ${list(to)}`)
      return `${code} => { ${[`default => ${list(map.continents[code] ?? map.rest)}`, ...inside].join(', ')} }`
    })
    .join(', ')
}

export function gdnsdZone({ resources }: Twin): string {
  const rows = resources.map(({ name, map }) => `${name} 30 DYNA ${map ? 'geoip' : 'metafo'}!${name}`)
  return [
    '@ 30 SOA ns1 hostmaster 1 7200 1800 259200 30',
    '@ NS ns1',
    '@ NS ns2',
    'ns1 A 127.0.0.1',
    'ns2 A 127.0.0.1',
    ...rows,
    '',
  ].join('\n')
}

/** A check that nobody runs gives each target its row on the board. */
export function meridianFiles(twin: Twin): { networks: object; zone: object } {
  const maps = new Map(twin.resources.flatMap(({ map }) => (map ? [[map.name, map]] : [])))
  const names = new Map<string, string>()
  for (const map of maps.values())
    for (const prefix of Object.keys(map.networks)) if (!names.has(prefix)) names.set(prefix, `n${names.size}`)
  const services = Object.fromEntries(
    twin.resources.map((resource) => [resource.name, { ttl: '30s', min_ttl: '30s', steer: treeOf(resource, names) }]),
  )
  const pools = Object.fromEntries(
    twin.pools.map(({ name, kind, targets }) => [
      name,
      {
        check: 'seen',
        ...(kind === 'multifo' && { answers: 32 }),
        ...(kind === 'weighted' && { answers: 1 }),
        targets: targets.map(({ address, weight }) => ({ address, weight, probe_at: '127.0.0.1:9' })),
      },
    ]),
  )
  const records = Object.fromEntries(twin.resources.map(({ name }) => [name, { service: name }]))
  return {
    networks: { networks: [...names].map(([cidr, name]) => ({ cidr, name })) },
    zone: {
      zone: 'example.com',
      soa: { mname: 'ns1', rname: 'hostmaster' },
      ns: ['ns1', 'ns2'],
      records: { ns1: { A: '127.0.0.1' }, ns2: { A: '127.0.0.1' }, ...records },
      checks: { seen: { tcp: { port: 9 } } },
      pools,
      services,
    },
  }
}

function treeOf({ map, order, places, fallsThrough = false }: Resource, names: ReadonlyMap<string, string>): object {
  const branches = (list: readonly string[]): object => ({
    failover: list.map((dc) => (typeof places[dc] === 'string' ? places[dc] : { failover: places[dc] })),
  })
  if (!map) return branches(order)
  // In gdnsd the list of the smallest place is the only one.
  const rule = (where: string | undefined, list: readonly string[]): object => ({
    ...(where !== undefined && { where: [where] }),
    to: branches(list),
    fence: !fallsThrough,
  })
  return {
    geo: [
      ...Object.entries(map.networks).map(([prefix, list]) => rule(`network ${names.get(prefix)!}`, list)),
      ...Object.entries(map.countries).map(([code, { to }]) => rule(`country ${code}`, to)),
      ...Object.entries(map.continents).map(([code, list]) => rule(`continent ${code}`, list)),
      { to: branches(map.rest) },
    ],
  }
}
