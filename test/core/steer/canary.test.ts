// weighted with canaries: their percentage, their ramp, and what their health does to both.

import { describe, expect, test } from 'vitest'
import { branchConfig } from '../../../src/core/steer/index.ts'
import { change, settleAt } from './past.ts'
import { makeTree, pick, type PoolText, type State, type Tree } from './tree.ts'

const START = Date.parse('2026-11-21T10:00:00Z') / 1000
const ramp = { to: '100%', over: '2h', from: '2026-11-21T10:00:00Z' }

const pool = (net: number, ...states: State[]): PoolText => ({
  targets: states.map((state, i) => ({ address: `192.0.${net}.${i + 1}`, state })),
})
const three = { old: pool(0, 'up'), new: pool(1, 'up'), spare: pool(2, 'up') }
const rampUp: readonly object[] = [{ to: 'old' }, { to: 'new', percent: '5%', ramp }]

/** Of a thousand even draws, who gets how many. */
function shares(
  members: readonly object[],
  pools: Record<string, PoolText> = three,
  prepare: (tree: Tree) => void = () => {},
  type: 1 | 28 = 1,
): Record<string, number> {
  let u = 0
  const tree = makeTree({ pools, steer: { weighted: members } }, (total) => Math.floor(u * total))
  expect(tree.findings).toEqual([])
  prepare(tree)
  const counts: Record<string, number> = {}
  for (let i = 0; i < 1000; i++) {
    u = (i + 0.5) / 1000
    const { pool: name } = pick(tree, type)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

describe('a percentage comes off the top', () => {
  test.each<[string, readonly object[], Record<string, PoolText>, Record<string, number>]>([
    ['5 % of all', [{ to: 'old' }, { to: 'new', percent: '5%' }], three, { new: 50, old: 950 }],
    [
      'in any order',
      [
        { to: 'new', percent: '5%' },
        { to: 'old', weight: 7 },
      ],
      three,
      { new: 50, old: 950 },
    ],
    [
      'of two',
      [{ to: 'old' }, { to: 'new', percent: '5%' }, { to: 'spare', percent: '10%' }],
      three,
      { new: 50, spare: 100, old: 850 },
    ],
    [
      'all percent',
      [
        { to: 'new', percent: '30%' },
        { to: 'old', percent: '70%' },
      ],
      three,
      { new: 300, old: 700 },
    ],
    ['0 %', [{ to: 'old' }, { to: 'new', percent: '0%' }], three, { old: 1000 }],
    [
      'an ill canary falls out',
      [{ to: 'old' }, { to: 'new', percent: '5%' }],
      { ...three, new: pool(1, 'up', 'down') },
      { old: 1000 },
    ],
    [
      'as ill as it may be',
      [{ to: 'old' }, { to: 'new', percent: '5%', min_healthy: '50%' }],
      { ...three, new: pool(1, 'up', 'down') },
      { new: 50, old: 950 },
    ],
    [
      'alone it takes all',
      [{ to: 'old' }, { to: 'new', percent: '5%' }],
      { ...three, old: pool(0, 'down') },
      { new: 1000 },
    ],
    [
      'before the reserve',
      [{ to: 'old' }, { to: 'new', percent: '5%' }, { to: 'spare', weight: 0 }],
      { ...three, old: pool(0, 'down') },
      { new: 1000 },
    ],
    [
      'an ill one after it',
      [{ to: 'old' }, { to: 'new', percent: '5%' }, { to: 'spare', weight: 0 }],
      { ...three, old: pool(0, 'down'), new: pool(1, 'up', 'down') },
      { spare: 1000 },
    ],
    [
      'an ill one before nobody',
      [{ to: 'old' }, { to: 'new', percent: '5%' }],
      { ...three, old: pool(0, 'down'), new: pool(1, 'up', 'down') },
      { new: 1000 },
    ],
    [
      'what one of all leaves, the other takes',
      [
        { to: 'new', percent: '30%' },
        { to: 'old', percent: '70%' },
      ],
      { ...three, old: pool(0, 'down') },
      { new: 1000 },
    ],
  ])('%s', (_, members, pools, expected) => expect(shares(members, pools)).toEqual(expected))

  test('the others keep their draws while a canary grows', () => {
    const seen: string[] = []
    for (const percent of ['1%', '20%']) {
      let turn = 0
      // The canary's draw misses it, the weights' draw is 0.6.
      const tree = makeTree(
        { pools: three, steer: { weighted: [{ to: 'old' }, { to: 'spare' }, { to: 'new', percent }] } },
        (total) => (turn++ % 2 === 0 && total === 1000 ? 999 : Math.floor(0.6 * total)),
      )
      seen.push(pick(tree).pool)
    }
    expect(seen).toEqual(['spare', 'spare'])
  })

  test('everything down: all answer, canaries last', () => {
    const down = { old: pool(0, 'down'), new: pool(1, 'down') }
    const tree = makeTree({ pools: down, steer: { weighted: [{ to: 'new', percent: '5%' }, { to: 'old' }] } })
    expect(pick(tree).targets).toEqual(['192.0.0.1', '192.0.1.1'])
  })
})

describe('a ramp', () => {
  const newAt = (sec: number, prepare: (tree: Tree) => void = () => {}): number =>
    shares(rampUp, three, (tree) => {
      prepare(tree)
      settleAt(tree, sec)
    })['new'] ?? 0

  test.each([
    [-3600, 50],
    [0, 50],
    [1800, 287],
    [3600, 525],
    [7199, 999],
    [7200, 1000],
    [999_999, 1000],
  ])('%i s from its start it has %i of a thousand', (sec, expected) => expect(newAt(START + sec)).toBe(expected))

  test('before anybody has settled it, it has its first percentage', () => {
    expect(shares(rampUp)['new']).toBe(50)
  })

  test('begins anew when the canary was ill', () => {
    const well = (tree: Tree): void => change(tree, '192.0.1.1', 'up', START + 5000)
    expect(newAt(START + 5000, well)).toBe(50)
    expect(newAt(START + 5000 + 3600, well)).toBe(525)
    expect(newAt(START + 5000 + 7200, well)).toBe(1000)
  })

  test('an illness before the start delays nothing', () => {
    expect(newAt(START + 3600, (tree) => change(tree, '192.0.1.1', 'up', START - 10))).toBe(525)
  })

  test('while the canary is ill it has nothing', () => {
    expect(newAt(START + 9000, (tree) => change(tree, '192.0.1.1', 'down', START + 8000))).toBe(0)
  })

  test('goes back from the whole to the others, and comes again', () => {
    const tree = makeTree({ pools: three, steer: { weighted: rampUp } }, (total) => Math.floor(0.5 * total))
    const at = (sec: number): string => {
      settleAt(tree, START + sec)
      return pick(tree).pool
    }
    expect([at(0), at(3600), at(8000)]).toEqual(['old', 'new', 'new'])
    change(tree, '192.0.1.1', 'down', START + 8001)
    expect([at(8001), at(20_000)]).toEqual(['old', 'old'])
    change(tree, '192.0.1.1', 'up', START + 30_000)
    expect([at(30_000), at(33_400), at(33_600)]).toEqual(['old', 'old', 'new'])
  })

  test('the end of a drain starts nothing anew', () => {
    const tree = makeTree({ pools: three, steer: { weighted: rampUp } }, (total) => Math.floor(0.5 * total))
    settleAt(tree, START + 5000)
    change(tree, '192.0.1.1', 'drained', 0)
    settleAt(tree, START + 5001)
    expect(pick(tree).pool).toBe('old')
    change(tree, '192.0.1.1', 'up', 0)
    settleAt(tree, START + 5002)
    expect(pick(tree).pool).toBe('new')
  })

  test('the answer lives no longer than until the ramp reaches its client', () => {
    const tree = makeTree({ pools: three, steer: { weighted: rampUp } }, (total) => Math.floor(0.525 * total))
    settleAt(tree, START + 3000)
    tree.asking.changesSec = 0
    expect(pick(tree).pool).toBe('old')
    expect(tree.asking.changesSec).toBe(START + 3600)
  })

  test('its families are judged apart', () => {
    const both = (net: number): PoolText => ({
      targets: [{ address: `192.0.${net}.1` }, { address: `2001:db8:${net}::1` }],
    })
    const prepare = (tree: Tree): void => {
      change(tree, '2001:db8:1::1', 'up', START + 3600)
      settleAt(tree, START + 3600)
    }
    const pools = { old: both(0), new: both(1) }
    expect(shares(rampUp, pools, prepare)['new']).toBe(525)
    expect(shares(rampUp, pools, prepare, 28)['new']).toBe(50)
  })
})

test('a nested canary is judged by its usable share', () => {
  const nested = {
    weighted: [
      { to: 'new', weight: 8 },
      { to: 'spare', weight: 2 },
    ],
  }
  const pools = { ...three, spare: pool(2, 'down') }
  expect(shares([{ to: 'old' }, { to: nested, percent: '10%' }], pools)).toEqual({ old: 1000 })
  expect(shares([{ to: 'old' }, { to: nested, percent: '10%', min_healthy: '80%' }], pools)).toEqual({
    old: 900,
    new: 100,
  })
})

test.each<[string, object, string]>([
  ['0.ramp', [{ to: 'a', ramp }], 'expected `percent` beside `ramp`, found none'],
  ['0.min_healthy', [{ to: 'a', min_healthy: '50%' }], 'expected `percent` beside `min_healthy`, found none'],
  [
    '0.weight',
    [{ to: 'a', weight: 1, percent: '5%' }, { to: 'b' }],
    'expected either `weight` or `percent`, found both',
  ],
  [
    '',
    [
      { to: 'a', percent: '60%' },
      { to: 'b', percent: '50%' },
    ],
    'expected percentages of 100% in all at most, found 110%',
  ],
  ['', [{ to: 'a', percent: '60%' }], 'expected a member without `percent` for the rest, found 60% in all'],
  [
    '0.ramp.to',
    [{ to: 'a', percent: '60%', ramp: { ...ramp, to: '60%' } }, { to: 'b' }],
    'expected more than the 60% that it begins with, found 60%',
  ],
])('at %s of %j: %s', (path, members, message) => {
  const { error } = branchConfig.safeParse({ weighted: members })
  const told = JSON.stringify(error?.issues)
  expect(told).toContain(JSON.stringify(message))
  expect(told).toContain(
    JSON.stringify(
      ['weighted', ...path.split('.').map((step) => (step === '0' ? 0 : step))].filter((step) => step !== ''),
    ),
  )
})

test.each([
  [{ ...ramp, from: '2026-11-21 10:00' }],
  [{ ...ramp, from: 'soon' }],
  [{ ...ramp, over: '0s' }],
  [{ to: '100%', over: '2h' }],
])('%j is no ramp', (wrong) => {
  expect(branchConfig.safeParse({ weighted: [{ to: 'a' }, { to: 'b', percent: '5%', ramp: wrong }] }).success).toBe(
    false,
  )
})
