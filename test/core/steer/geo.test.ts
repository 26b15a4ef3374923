// geo: a branch by where the client is; the most specific place wins, and what is not usable falls through.

import { describe, expect, test } from 'vitest'
import { expectModelAgrees } from './model.ts'
import { openNumbers } from '../../support/chance.ts'
import { clients, makeTree, pick, type PoolText, type State } from './tree.ts'

const places = {
  desk: 'network desk',
  office: 'network office',
  corp: 'network corp',
  system: 'asn 64500',
  paris: 'subdivision FR-IDF',
  france: 'country FR',
  europe: 'continent EU',
}
type Place = keyof typeof places
const all = Object.keys(places) as Place[]

function treeOf(named: readonly Place[], down: readonly string[] = [], fenced: readonly string[] = []) {
  const pool = (name: string, last: number): PoolText => ({
    targets: [{ address: `192.0.2.${last}`, state: down.includes(name) ? 'down' : 'up' }],
  })
  const rules = named.map((name) => ({
    where: [places[name]],
    to: name,
    ...(fenced.includes(name) && { fence: true }),
  }))
  return makeTree({
    pools: { ...Object.fromEntries(all.map((name, i) => [name, pool(name, i + 1)])), rest: pool('rest', 99) },
    steer: { geo: [...rules, { to: 'rest' }] },
  })
}

const desk = '20.1.1.1'

describe('the most specific place wins, whatever the order', () => {
  for (const [i, place] of all.entries()) {
    test(`${places[place]} before everything wider`, () => {
      const wider = all.slice(i)
      expect(pick(treeOf(wider), 1, desk).pool).toBe(place)
      expect(pick(treeOf(wider.toReversed()), 1, desk).pool).toBe(place)
    })
  }

  test('who is nowhere gets the rest', () => expect(pick(treeOf(all), 1, '9.9.9.9').pool).toBe('rest'))
})

test('what is not usable falls through, step by step, enclosing networks included', () => {
  for (let i = 0; i <= all.length; i++) {
    expect(pick(treeOf(all, all.slice(0, i)), 1, desk).pool).toBe([...all, 'rest'][i])
  }
})

test('a fence keeps its clients in, even when all is down behind it', () => {
  const fenced = treeOf(all, ['desk', 'office'], ['office'])
  expect(pick(fenced, 1, desk)).toEqual({ isUsable: false, targets: ['192.0.2.1', '192.0.2.2'], pool: 'desk' })
  expect(pick(fenced, 1, '20.9.9.9')).toMatchObject({ isUsable: true, pool: 'corp' })
  const open = treeOf(all, [...all, 'rest'])
  expect(pick(open, 1, desk).targets).toHaveLength(8)
})

test('a fence that is usable is a branch like any other', () => {
  expect(pick(treeOf(all, ['desk'], ['office']), 1, desk).pool).toBe('office')
})

test('a nested geo that cannot answer a client makes the outer one fall through', () => {
  const pool = (last: number, state: State): PoolText => ({ targets: [{ address: `192.0.2.${last}`, state }] })
  const tree = makeTree({
    pools: { a: pool(1, 'down'), b: pool(2, 'up'), c: pool(3, 'up') },
    steer: {
      geo: [
        { where: ['continent EU'], to: { geo: [{ where: ['country FR'], to: 'a', fence: true }, { to: 'b' }] } },
        { to: 'c' },
      ],
    },
  })
  expect(pick(tree, 1, desk).pool).toBe('c')
  expect(pick(tree, 1, '20.9.9.9').pool).toBe('b')
})

describe('mistakes', () => {
  const pools = { p: { targets: [{ address: '192.0.2.1' }] } }
  const messages = (rules: readonly object[]): string[] =>
    makeTree({ pools, steer: { geo: rules } }).findings.map(
      ({ path, message, hint }) => `${path.join('.')}: ${message}${hint ? ` (${hint})` : ''}`,
    )

  test.each([
    [
      'no rest',
      [{ where: ['country FR'], to: 'p' }],
      'services.root.steer.geo: expected a branch without `where` for the rest of the world, found none (add `- { to: … }`)',
    ],
    [
      'two rests',
      [{ to: 'p' }, { to: 'p' }],
      'services.root.steer.geo.1: expected one branch without `where`, found a second (only one branch can take the rest)',
    ],
    [
      'a place twice',
      [{ where: ['country FR', 'country DE'], to: 'p' }, { where: ['country DE'], to: 'p' }, { to: 'p' }],
      'services.root.steer.geo.1.where.0: expected each place once, found "country DE" a second time',
    ],
    [
      'a network that nobody has',
      [{ where: ['network moon'], to: 'p' }, { to: 'p' }],
      'services.root.steer.geo.0.where.0: expected a network of geo.networks (one of corp, office, desk, lonely), found "network moon"',
    ],
    [
      'a group that nobody has',
      [{ where: ['group dachs'], to: 'p' }, { to: 'p' }],
      'services.root.steer.geo.0.where.0: expected a group of geo.groups, found "dachs" (did you mean "dach"?)',
    ],
    [
      'a place in two groups',
      [{ where: ['group dach'], to: 'p' }, { where: ['group dach'], to: 'p' }, { to: 'p' }],
      ['DE', 'AT', 'CH'].map(
        (code) =>
          `services.root.steer.geo.1.where.0: expected each place once, found "country ${code}" of "group dach" a second time`,
      ),
    ],
    [
      'host bits',
      [{ where: ['cidr 20.1.0.1/16'], to: 'p' }, { to: 'p' }],
      'services.root.steer.geo.0.where.0: expected a prefix such as 192.0.2.0/24 or 2001:db8::/32, found "20.1.0.1/16" (did you mean "cidr 20.1.0.0/16"?)',
    ],
  ])('%s', (_, rules, message) =>
    expect(messages(rules)).toEqual([message].flat().map((each) => each.replace('"network moon"', '"moon"'))),
  )

  test('subdivisions that no database knows match nobody, and are no mistake, however many there are', () => {
    expect(messages([{ where: ['subdivision US-NY', 'subdivision US-TX'], to: 'p' }, { to: 'p' }])).toEqual([])
  })
})

describe('prefixes and groups', () => {
  const pool = (last: number, state: State = 'up'): PoolText => ({ targets: [{ address: `192.0.2.${last}`, state }] })
  const rules = [
    { where: ['cidr 20.1.0.0/16'], to: 'prefix' },
    { where: ['network corp'], to: 'corp' },
    { where: ['group big'], to: 'big' },
    { where: ['group dach'], to: 'dach' },
    { where: ['country CA'], to: 'canada' },
    { to: 'rest' },
  ]
  const tree = (...down: string[]) => {
    const names = ['prefix', 'corp', 'big', 'dach', 'canada', 'rest']
    const pools = names.map((name, i) => [name, pool(i + 1, down.includes(name) ? 'down' : 'up')])
    return makeTree({ pools: Object.fromEntries(pools) as Record<string, PoolText>, steer: { geo: rules } })
  }

  test.each([
    ['20.1.1.1', ['prefix', 'corp', 'rest'], 'a prefix stands by its length among the networks'],
    ['20.9.9.9', ['corp', 'dach', 'big', 'rest'], 'an inner group comes before the one around it'],
    ['30.9.9.9', ['canada', 'big', 'rest'], 'a place that is named itself comes before a group with it'],
    ['20.2.0.1', ['corp', 'big', 'rest'], 'a continent in a group'],
    ['60.0.0.1', ['big', 'rest'], 'a network in a group'],
    ['40.0.0.1', ['rest'], 'in none'],
  ])('%s → %j: %s', (client, order) => {
    for (let i = 0; i < order.length; i++) expect(pick(tree(...order.slice(0, i)), 1, client).pool).toBe(order[i])
  })

  /** Every condition, with how small its place is; the clients of tree.ts by their addresses. */
  const conditions = ['cidr 20.1.0.0/16', 'cidr 20.1.1.0/25', 'cidr 30.0.0.0/9', 'network corp', 'network office']
  conditions.push('network desk', 'asn 64500', 'subdivision US-CA', 'country DE', 'country CA', 'continent EU')
  conditions.push('continent NA', 'group dach', 'group big', 'group cafe')
  const groups: Record<string, readonly (readonly [string, number])[]> = {
    'group dach': [
      ['country DE', 1],
      ['country AT', 1],
      ['country CH', 1],
    ],
    'group big': [
      ['country DE', 2],
      ['continent NA', 1],
      ['network lonely', 1],
    ],
    'group cafe': [
      ['cidr 20.1.1.0/25', 1],
      ['asn 64502', 1],
    ],
  }
  const lengths: Record<string, number> = { desk: 24, office: 16, corp: 8, lonely: 8 }
  const kinds = ['asn', 'subdivision', 'country', 'continent']

  /** How small the place is, smaller first; undefined where the client is not in it. */
  function sizeOf(condition: string, client: (typeof clients)[number]): number | undefined {
    const [kind = '', value = ''] = condition.split(' ')
    if (kind === 'network') return client.networks.includes(value) ? 0 - lengths[value]! : undefined
    if (kind !== 'cidr') return String(client[kind as 'country']) === value ? kinds.indexOf(kind) + 1 : undefined
    const [first = '', length = ''] = value.split('/')
    const number = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
    const isIn =
      Math.floor(number(client.address) / 2 ** (32 - Number(length))) === number(first) / 2 ** (32 - Number(length))
    return isIn ? 0 - Number(length) - 0.5 : undefined // inside of a network with the same prefix
  }

  test('random rules agree with a list of all places, sorted by size: 20 000 clients', () => {
    const number = openNumbers(3)
    for (let turn = 0; turn < 1000; turn++) {
      const left = conditions.map((text) => ({ text, at: number(1000) })).sort((a, b) => a.at - b.at)
      const random = Array.from({ length: 1 + number(6) }, (_, i) => ({
        where: left.splice(0, 1 + number(2)).map(({ text }) => text),
        to: `p${i}`,
        fence: number(5) === 0,
      }))
      const down = new Set(random.filter(() => number(2) === 0).map(({ to }) => to))
      const pools = Object.fromEntries(random.map(({ to }, i) => [to, pool(i, down.has(to) ? 'down' : 'up')]))
      const made = makeTree({ pools: { ...pools, rest: pool(99) }, steer: { geo: [...random, { to: 'rest' }] } })
      // The same place at the same depth twice is a mistake, and no tree.
      if (made.findings.length > 0) continue
      for (let i = 0; i < 20; i++) {
        const client = clients[number(clients.length)]!
        const matches = random
          .flatMap((rule) =>
            rule.where
              .flatMap((text) => groups[text] ?? [[text, 0] as const])
              .map(([text, depth]) => ({ ...rule, depth, size: sizeOf(text, client) })),
          )
          .filter((match): match is typeof match & { size: number } => match.size !== undefined)
          .sort((a, b) => a.size - b.size || a.depth - b.depth)
        const fence = matches.findIndex((match) => match.fence)
        const inReach =
          fence < 0 ? [...matches.map(({ to }) => to), 'rest'] : matches.slice(0, fence + 1).map(({ to }) => to)
        const expected = inReach.find((name) => !down.has(name))
        const picked = pick(made, 1, client.address)
        expect([random, client.address, picked.isUsable && picked.pool]).toEqual([
          random,
          client.address,
          expected ?? false,
        ])
      }
    }
  })
})

test('agrees with the model', () => expectModelAgrees('geo', 1500))
