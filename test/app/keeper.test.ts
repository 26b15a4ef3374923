// The keeper of health: from evidence to the board, with a store that may be alive, dead or hung, in virtual time.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type KeeperOptions, openKeeper, type RowPlan } from '../../src/app/keeper.ts'
import * as board from '../../src/core/health/board.ts'
import type { Evidence } from '../../src/core/health/evidence.ts'
import type { Store } from '../../src/io/store/store.ts'
import type { Log } from '../../src/io/telemetry/log.ts'
import { healthyStore } from '../support/healthy-store.ts'
import { evidence, rule, sighting } from '../core/health/sightings.ts'

const vantages = ['eu', 'us', 'ap']
const lastKnownMs = 600_000
const freshMs = 30_000
/** Where the wall clock stands when ours is at 0. */
const wallMs = 1_700_000_000_000
const { UNKNOWN, UP, DOWN } = board

/** A store whose values never expire; hung, its promises never settle. */
function openFakeStore(shelf = new Map<string, Evidence>()) {
  const listeners: (() => void)[] = []
  const fake = {
    shelf,
    state: 'alive' as 'alive' | 'dead' | 'hung',
    reads: 0,
    /** Settles the reads that hang. */
    release: () => {},
    hint: () => listeners.forEach((listener) => listener()),
  }
  const answer = async <Value>(value: () => Value, otherwise: Value): Promise<Value> => {
    if (fake.state === 'hung')
      await new Promise<void>((resolve) => {
        fake.release = resolve
      })
    return fake.state === 'dead' ? otherwise : value()
  }
  const store: Store = {
    kind: 'fake',
    publish: (mine) => answer(() => void shelf.set(mine.prober, mine), undefined),
    read() {
      fake.reads++
      return answer(() => [...shelf.values()], [])
    },
    state: () => healthyStore,
    publishOverrides: () => answer(() => true, false),
    readOverrides: () => answer(() => [], undefined),
    onHint: (listener) => void listeners.push(listener),
    close: () => Promise.resolve(),
  }
  return { fake, store }
}

function row(subject: string | undefined, more: Partial<RowPlan> = {}): RowPlan {
  const pace = subject === undefined ? undefined : { rise: 2, fall: 3, confirmMs: 1000 }
  return {
    scope: 'example.com',
    pool: 'eu',
    target: '192.0.2.10',
    region: 'eu',
    subject,
    pace,
    isDrained: false,
    ...more,
  }
}

function open(
  rows: readonly RowPlan[] = [row('s')],
  { vantages: regions = vantages, ...more }: Partial<KeeperOptions> & { vantages?: readonly string[] } = {},
  shelf = new Map<string, Evidence>(),
) {
  const clock = { ms: 0 }
  const lines: string[] = []
  const say =
    (level: string) =>
    (_: object, message: string): void =>
      void lines.push(`${level}: ${message}`)
  const log: Log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error'), child: () => log }
  const { fake, store } = openFakeStore(shelf)
  const keeper = openKeeper({
    rule: rule(regions, lastKnownMs),
    unknown: 'up',
    store,
    log,
    now: () => clock.ms,
    wallNow: () => wallMs + clock.ms,
    ...more,
  })
  const words = board.bindBoard(board.createBoard(rows.length, vantages.length))
  keeper.useBoard(words, rows)
  /** Evidence of a prober with the time for its sequence: up (+), down (-), about `s` unless said otherwise. */
  const said = (prober: string, word: '+' | '-', streak = 5, subject = 's'): Evidence =>
    evidence(prober, clock.ms, [sighting(word === '+', { subject, streak })])
  return { clock, lines, fake, keeper, words, said }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Of a row: the state, what each vantage region says, the latency in ms, and seconds from now to the next change. */
function shown(words: Int32Array, at = 0, nowMs = 0) {
  const first = words[board.FIRST_ROW]! + at * words[board.COLUMNS]!
  const latency = words[first + board.LATENCY]!
  const next = board.nextChangeOf(words, at)
  return {
    state: board.verdictOf(words, at),
    regions: vantages.map((_, vantage) => board.verdictIn(words, at, vantage)),
    latencyMs: latency === -1 ? undefined : latency / 10,
    nextSec: next === 0 ? undefined : next - (wallMs + nowMs) / 1000,
  }
}

const nothing = { state: UNKNOWN, regions: [UNKNOWN, UNKNOWN, UNKNOWN], latencyMs: undefined, nextSec: undefined }

describe('own evidence', () => {
  test('reaches the board at once, without a tick and without the store', () => {
    for (const state of ['alive', 'dead', 'hung'] as const) {
      const { keeper, words, fake, said } = open([row('s')], { vantages: ['eu'] })
      fake.state = state
      keeper.observeOwn(said('eu-1', '-'))
      expect(board.isUsable(words, 0)).toBe(false)
      expect(keeper.verdictOf(0)?.because).toBe('1 of 1 vantage regions say down: eu (connection refused)')
    }
  })

  test('is published', async () => {
    const { keeper, fake, said } = open()
    keeper.observeOwn(said('eu-1', '+'))
    await settled()
    expect(fake.shelf.get('eu-1')).toEqual(said('eu-1', '+'))
  })

  test('is not taken back from the store, where it may be older', async () => {
    const { keeper, words, fake, said } = open([row('s')], { vantages: ['eu'] })
    keeper.observeOwn(said('eu-1', '+'))
    fake.shelf.set('eu-1', evidence('eu-1', 1, [sighting(false)], { epoch: 2 }))
    await keeper.tick()
    expect(board.verdictOf(words, 0)).toBe(UP)
  })
})

describe('what single regions say', () => {
  test('comes with the time at which it could change, of which drained targets have none', () => {
    const nexts = (isDrained: boolean): number[] => {
      const { keeper, words } = open([{ ...row('s'), isDrained }])
      for (const [prober, dueMs] of [
        ['eu-1', 7000],
        ['us-1', 9000],
      ] as const)
        keeper.observeOwn(evidence(prober, 1, [sighting(true, { dueMs })]))
      return vantages.map((_, vantage) => Math.max(0, board.nextChangeIn(words, 0, vantage) - wallMs / 1000))
    }
    const { fall, confirmMs } = row('s').pace!
    const [eu, us, ap] = nexts(false)
    expect([eu, us, ap]).toEqual([7 + ((fall - 1) * confirmMs) / 1000, 9 + ((fall - 1) * confirmMs) / 1000, 0])
    expect(nexts(true)).toEqual([0, 0, 0])
  })
})

describe('evidence of others', () => {
  test('is read with each tick, and decides by majority of the regions', async () => {
    const { keeper, words, fake, said } = open()
    keeper.observeOwn(said('eu-1', '+'))
    expect(shown(words)).toEqual({ ...nothing, regions: [UP, UNKNOWN, UNKNOWN], latencyMs: 12 })
    expect(keeper.isDecided()).toBe(false)
    fake.shelf.set('us-1', said('us-1', '-'))
    fake.shelf.set('ap-1', said('ap-1', '-'))
    await keeper.tick()
    expect(shown(words)).toMatchObject({ state: DOWN, regions: [UP, DOWN, DOWN], latencyMs: 12 })
    expect(keeper.isDecided()).toBe(true)
  })

  test('is read at once when somebody hints at news', async () => {
    const { words, fake, said } = open()
    for (const prober of ['eu-1', 'us-1', 'ap-1']) fake.shelf.set(prober, said(prober, '-'))
    fake.hint()
    await settled()
    expect(board.verdictOf(words, 0)).toBe(DOWN)
  })

  test('is read once more when the hint came during a read, and no more than that', async () => {
    const { words, fake, said } = open()
    fake.state = 'hung'
    fake.hint()
    for (let i = 0; i < 5; i++) fake.hint()
    expect(fake.reads).toBe(1)
    fake.state = 'alive'
    fake.release()
    await settled()
    expect(fake.reads).toBe(2)
    for (const prober of ['eu-1', 'us-1']) fake.shelf.set(prober, said(prober, '-'))
    fake.hint()
    await settled()
    expect(fake.reads).toBe(3)
    expect(board.verdictOf(words, 0)).toBe(DOWN)
  })

  test('ticks during a read wait for it and start no other', async () => {
    const { keeper, fake } = open()
    fake.state = 'hung'
    const first = keeper.tick()
    await keeper.tick()
    await keeper.tick()
    fake.state = 'alive'
    fake.release()
    await first
    expect(fake.reads).toBe(1)
  })
})

describe('a store that is dead or hung', () => {
  test.each(['dead', 'hung'] as const)('%s: changes no verdict and no word of the board', async (state) => {
    const { keeper, words, fake, said, clock } = open()
    keeper.observeOwn(said('eu-1', '+'))
    for (const prober of ['us-1', 'ap-1']) fake.shelf.set(prober, said(prober, '-'))
    await keeper.tick()
    const before = shown(words)
    expect(before.state).toBe(DOWN)
    fake.state = state
    for (let i = 0; i < 20; i++) {
      clock.ms += 1000
      keeper.observeOwn(said('eu-1', '+'))
      void keeper.tick()
      await settled()
    }
    expect(shown(words)).toMatchObject({ state: DOWN, regions: before.regions })
    // Beyond their freshness the others are silent, and the verdict stands as last known.
    clock.ms += freshMs
    keeper.observeOwn(said('eu-1', '+'))
    void keeper.tick()
    await settled()
    expect(shown(words).state).toBe(DOWN)
    expect(keeper.verdictOf(0)?.because).toMatch(
      /1 of 3 vantage regions heard, 2 needed to decide; still down, as last known/,
    )
  })

  test('hung: evidence ages all the same, with every tick', async () => {
    const { keeper, words, fake, said, clock } = open([row('s')], { vantages: ['eu'] })
    keeper.observeOwn(said('eu-1', '-'))
    fake.state = 'hung'
    void keeper.tick()
    clock.ms = freshMs + lastKnownMs + 1
    void keeper.tick()
    expect(board.verdictOf(words, 0)).toBe(UNKNOWN)
  })

  test('one that breaks its promise is logged and ends nothing', async () => {
    const { keeper, words, lines, said, fake } = open([row('s')], { vantages: ['eu'] })
    keeper.observeOwn(said('eu-1', '-'))
    fake.shelf.set('us-1', null as unknown as Evidence)
    fake.hint()
    await settled()
    expect(lines).toContain('error: reading the evidence of others failed')
    fake.shelf.delete('us-1')
    fake.hint()
    await settled()
    expect(board.verdictOf(words, 0)).toBe(DOWN)
  })
})

describe('when evidence stops coming', () => {
  test('the verdict stands for last_known and is unknown then, and nothing of it stays on the board', async () => {
    const { keeper, words, lines, said, clock } = open([row('s')], { vantages: ['eu'] })
    keeper.observeOwn(said('eu-1', '-'))
    clock.ms = freshMs + lastKnownMs
    await keeper.tick()
    expect(board.verdictOf(words, 0)).toBe(DOWN)
    clock.ms++
    await keeper.tick()
    expect(shown(words, 0, clock.ms)).toEqual(nothing)
    expect(board.isUsable(words, 0)).toBe(true)
    expect(lines).toEqual(['warn: s is down', 'info: s is unknown'])
  })

  test('of a subject that nobody names any more as well', async () => {
    const { keeper, words, said, clock } = open([row('s')], { vantages: ['eu'] })
    keeper.observeOwn(said('eu-1', '+'))
    expect(shown(words)).toMatchObject({ state: UP, regions: [UP, UNKNOWN, UNKNOWN], latencyMs: 12 })
    clock.ms = 1000
    keeper.observeOwn(said('eu-1', '+', 5, 'other'))
    expect(board.verdictOf(words, 0)).toBe(UP)
    clock.ms = freshMs + lastKnownMs + 1
    keeper.observeOwn(said('eu-1', '+', 5, 'other'))
    expect(shown(words, 0, clock.ms)).toEqual(nothing)
    expect(keeper.verdictOf(0)).toBeUndefined()
  })

  test('a prober that is silent for long is no longer listed', async () => {
    const { keeper, said, clock } = open()
    keeper.observeOwn(said('eu-1', '+'))
    clock.ms = 5000
    expect(keeper.probers()).toEqual([
      { prober: 'eu-1', region: 'eu', ageMs: 5000, sequence: 0, subjects: 1, own: true },
    ])
    clock.ms = freshMs + lastKnownMs + 1
    await keeper.tick()
    expect(keeper.probers()).toEqual([])
  })
})

describe('the time of the next change', () => {
  const dueIn = (clock: { ms: number }, prober: string, word: '+' | '-', streak: number, dueMs: number): Evidence =>
    evidence(prober, clock.ms, [sighting(word === '+', { streak, dueMs })])

  test('stands on the board, calm or not, in seconds of the wall clock', () => {
    const { keeper, words, clock } = open([row('s')], { vantages: ['eu'] })
    const after = (word: '+' | '-', streak: number, dueMs: number): number | undefined => {
      clock.ms += 1000
      keeper.observeOwn(dueIn(clock, 'eu-1', word, streak, dueMs))
      return shown(words, 0, clock.ms).nextSec
    }
    expect(after('+', 50, 7000)).toBe(9)
    // Two more failures, a second apart.
    expect(after('+', -1, 1000)).toBe(2)
    expect(after('+', -2, 1000)).toBe(1)
    expect(after('+', 10, 10_000)).toBe(12)
    expect(after('-', 3, 10_000)).toBe(19)
    // One more success.
    expect(after('-', -1, 10_000)).toBe(10)
  })

  test('is not sooner than said, and moves on when it has passed without a probe', async () => {
    const { keeper, words, clock } = open([row('s')], { vantages: ['eu'] })
    keeper.observeOwn(dueIn(clock, 'eu-1', '+', -2, 4000))
    for (; clock.ms < 4000; clock.ms += 1000) {
      await keeper.tick()
      expect(shown(words, 0, 0).nextSec).toBe(4)
    }
    for (; clock.ms < freshMs; clock.ms += 1000) {
      await keeper.tick()
      expect(shown(words, 0, clock.ms).nextSec).toBe(0)
    }
  })

  test('is the end of last_known when the prober falls silent', async () => {
    const { keeper, words, clock } = open([row('s')], { vantages: ['eu'] })
    keeper.observeOwn(dueIn(clock, 'eu-1', '+', -1, 1000))
    expect(shown(words, 0, clock.ms).nextSec).toBe(2)
    clock.ms = freshMs + 1
    await keeper.tick()
    expect(shown(words).state).toBe(UP)
    expect(shown(words).nextSec).toBe((freshMs + lastKnownMs) / 1000)
  })

  test('depends on all regions that are heard', async () => {
    const { keeper, words, fake, clock } = open()
    const tell = async (us: '+' | '-'): Promise<number | undefined> => {
      keeper.observeOwn(dueIn(clock, 'eu-1', '+', 9, 1000))
      fake.shelf.set('us-1', dueIn(clock, 'us-1', us, 9, 3000))
      fake.shelf.set('ap-1', dueIn(clock, 'ap-1', '+', 9, 9000))
      await keeper.tick()
      return shown(words, 0, clock.ms).nextSec
    }
    expect(await tell('+')).toBe(5)
    clock.ms = 1000
    expect(await tell('-')).toBe(3)
  })

  test('of what nobody has spoken of is not foreseeable', () => {
    expect(shown(open([row('s')]).words).nextSec).toBeUndefined()
  })
})

describe('a board', () => {
  test('is filled at once with what is known, drained and unchecked rows included', () => {
    const { keeper, said } = open([row('s')], { vantages: ['eu'] })
    keeper.observeOwn(evidence('eu-1', 1, [sighting(false), sighting(true, { subject: 't', streak: -1 })]))
    const rows = [row('t'), row('s'), row('s', { isDrained: true }), row(undefined, { isDrained: true }), row('new')]
    const words = board.bindBoard(board.createBoard(rows.length, 1))
    keeper.useBoard(words, rows)
    expect(rows.map((_, at) => board.verdictOf(words, at))).toEqual([UP, DOWN, DOWN, UP, UNKNOWN])
    expect(rows.map((_, at) => board.isDrained(words, at))).toEqual([false, false, true, true, false])
    expect(rows.map((_, at) => board.isUsable(words, at))).toEqual([true, false, false, false, true])
    expect(rows.map((_, at) => board.nextChangeOf(words, at) > 0)).toEqual([true, true, false, false, false])
    expect(keeper.verdictOf(3)).toBeUndefined()
    expect(keeper.rows()).toBe(rows)
    keeper.observeOwn({ ...said('eu-1', '+'), sequence: 2 })
    expect([1, 2].map((at) => board.verdictOf(words, at))).toEqual([UP, UP])
  })

  test('with fewer columns than there are vantages takes those that fit', () => {
    const { keeper, said } = open()
    const words = board.bindBoard(board.createBoard(1, 1))
    keeper.useBoard(words, [row('s')])
    keeper.observeOwn(said('eu-1', '-'))
    expect(board.verdictIn(words, 0, 0)).toBe(DOWN)
  })

  test('is left alone by turns without news', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => row(`s${i}`))
    const { keeper, words, clock } = open(rows, { vantages: ['eu'] })
    const all = (): Evidence =>
      evidence(
        'eu-1',
        clock.ms,
        rows.map(({ subject }) => sighting(true, { subject: subject!, dueMs: 60_000 - clock.ms })),
      )
    keeper.observeOwn(all())
    const epoch = words[board.EPOCH]
    const copy = words.slice()
    // Whatever stands on it: rows whose verdict is the same are not even looked at.
    words.fill(77, words[board.FIRST_ROW])
    const scribbled = words.slice()
    for (clock.ms = 1000; clock.ms <= 20_000; clock.ms += 1000) {
      keeper.observeOwn(all())
      await keeper.tick()
    }
    expect(words).toEqual(scribbled)
    expect(words[board.EPOCH]).toBe(epoch)
    expect(copy).not.toEqual(scribbled)
  })
})

test('changes are told in the log once, with the reason', () => {
  const { keeper, lines, said, clock } = open([row('s')], { vantages: ['eu'] })
  for (const word of ['+', '+', '-', '-', '+'] as const) {
    clock.ms += 1000
    keeper.observeOwn(said('eu-1', word))
  }
  expect(lines).toEqual(['info: s is up', 'warn: s is down', 'info: s is up'])
})

test('stopped, it says farewell and touches the board no more', async () => {
  const { keeper, words, fake, said, clock } = open([row('s')], { vantages: ['eu'] })
  keeper.observeOwn(said('eu-1', '+'))
  await settled()
  expect([...fake.shelf.keys()]).toEqual(['eu-1'])
  await keeper.stop()
  const farewell = evidence('eu-1', 1, [])
  expect([...fake.shelf.values()]).toEqual([farewell])
  const before = words.slice()
  clock.ms = 1000
  keeper.observeOwn(said('eu-1', '-'))
  clock.ms = 10 * lastKnownMs
  await keeper.tick()
  fake.hint()
  await settled()
  expect(words).toEqual(before)
  expect([...fake.shelf.values()]).toEqual([farewell])
})

test('stopped without ever having probed, it says nothing', async () => {
  const { keeper, fake, said } = open()
  fake.shelf.set('us-1', said('us-1', '+'))
  await keeper.stop()
  expect([...fake.shelf.keys()]).toEqual(['us-1'])
})

test('two keepers on one store, each with evidence of its own, hold the same board', async () => {
  // All three regions speak each round: a tie between two leaves each keeper at what it believed before.
  const word = fc.constantFrom<'+' | '-'>('+', '-')
  const round = fc.record({
    afterMs: fc.integer({ min: 1000, max: 40_000 }),
    words: fc.record({ eu: word, us: word, ap: word }),
    streak: fc.integer({ min: -2, max: 5 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 12 }), async (rounds) => {
      const shelf = new Map<string, Evidence>()
      const eu = open([row('s')], {}, shelf)
      const us = open([row('s')], {}, shelf)
      for (const { afterMs, words, streak } of rounds) {
        for (const { clock } of [eu, us]) clock.ms += afterMs
        shelf.set('ap-1', eu.said('ap-1', words.ap, streak))
        eu.keeper.observeOwn(eu.said('eu-1', words.eu, streak))
        us.keeper.observeOwn(us.said('us-1', words.us, streak))
        await settled()
        await Promise.all([eu.keeper.tick(), us.keeper.tick()])
        // When a verdict changed is known to each as when it heard of it.
        const body = (words: Int32Array) =>
          words.subarray(words[board.FIRST_ROW]).filter((_, i) => i % words[board.COLUMNS]! !== board.SINCE)
        expect(body(us.words)).toEqual(body(eu.words))
      }
    }),
    { numRuns: 100 },
  )
})
