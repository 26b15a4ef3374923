// Probers that are stopped: what the nodes that go on, and those that come back, hold for true. Nodes on one shelf, in virtual time.

import { describe, expect, test } from 'vitest'
import { type Keeper, openKeeper } from '../../src/app/keeper.ts'
import * as board from '../../src/core/health/board.ts'
import { keepVerdict, keepWitness } from '../../src/core/health/memory.ts'
import { openSharing, share } from '../../src/core/health/sharing.ts'
import { createShelf, openMemoryStore } from '../../src/io/store/memory.ts'
import type { Log } from '../../src/io/telemetry/log.ts'
import { evidence, rule, sighting } from '../core/health/sightings.ts'

const lastKnownMs = 600_000
const freshMs = 30_000
const quiet = (): void => undefined
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log }
const settled = () => new Promise((resolve) => setImmediate(resolve))

interface Node {
  readonly name: string
  readonly keeper: Keeper
  /** Publishes what its prober sees: up (+), down (-), or nothing of any target. */
  say(word: '+' | '-' | undefined): void
  state(): number
  because(): string | undefined
}

/** Nodes of one target, each with a prober; `eu-1` stands in the region eu. */
function openFleet(vantages: readonly string[]) {
  const clock = { ms: 0 }
  const shelf = createShelf()
  let epoch = 0
  const open = (name: string): Node => {
    const now = (): number => clock.ms
    const store = openMemoryStore({ now, log }, shelf)
    const times = { now, wallNow: now }
    const keeper = openKeeper({ rule: rule(vantages, lastKnownMs), unknown: 'up', store, prober: name, log, ...times })
    const words = board.bindBoard(board.createBoard(1, vantages.length))
    const pace = { rise: 2, fall: 3, confirmMs: 1000 }
    const row = { scope: 'example.com', pool: 'p', target: '192.0.2.10', region: 'eu', subject: 's', isDrained: false }
    keeper.useBoard(words, [{ ...row, pace }])
    const run = ++epoch
    let sequence = 0
    return {
      name,
      keeper,
      say: (word) =>
        keeper.observeOwn(
          evidence(name, sequence++, word === undefined ? [] : [sighting(word === '+')], { epoch: run }),
        ),
      state: () => board.verdictOf(words, 0),
      because: () => keeper.verdictOf(0)?.because,
    }
  }
  /** A second passes: all of these publish, and read. */
  const pass = async (nodes: readonly (readonly [Node, '+' | '-' | undefined])[]): Promise<void> => {
    clock.ms += 1000
    for (const [node, word] of nodes) node.say(word)
    await settled()
    await Promise.all(nodes.map(([node]) => node.keeper.tick()))
  }
  return { clock, shelf, open, pass }
}

const voices = ({ keeper }: Node) => keeper.verdictOf(0)?.regions.map(({ up, down }) => [up, down])
const listed = ({ keeper }: Node): string[] => keeper.probers().map(({ prober }) => prober)

describe('a prober that is stopped', () => {
  test('counts no more at the others, at once and without a tick', async () => {
    const { open, pass } = openFleet(['eu', 'us'])
    const nodes = ['eu-1', 'eu-2', 'us-1'].map(open)
    const [leaving, eu, us] = nodes as [Node, Node, Node]
    await pass([
      [leaving, '+'],
      [eu, '-'],
      [us, '-'],
    ])
    for (const node of [eu, us])
      expect(voices(node)).toEqual([
        [1, 1],
        [0, 1],
      ])
    await leaving.keeper.stop()
    await settled()
    for (const node of [eu, us]) {
      expect(voices(node)).toEqual([
        [0, 1],
        [0, 1],
      ])
      expect(node.because()).toMatch(/^2 of 2 vantage regions say down/)
    }
  })

  test('that spoke in the same moment leaves its farewell as the last word', async () => {
    const { open, shelf } = openFleet(['eu'])
    const node = open('eu-1')
    for (const word of ['+', '-', '+'] as const) node.say(word)
    await node.keeper.stop()
    expect(shelf.values.get('eu-1')!.evidence).toEqual(evidence('eu-1', 3, [], { epoch: 1 }))
  })

  test('that never spoke leaves nothing', async () => {
    const { open, shelf } = openFleet(['eu'])
    await open('eu-1').keeper.stop()
    expect(shelf.values.size).toBe(0)
  })

  test('has its duties taken over by those that stood by', async () => {
    const { open, pass, clock } = openFleet(['eu'])
    const [first, second] = ['eu-1', 'eu-2'].map(open) as [Node, Node]
    const duties = [{ address: '192.0.2.10', subjects: ['s'] }]
    await pass([
      [first, '+'],
      [second, '+'],
    ])
    const sharings = [first, second].map(({ name }) => openSharing(name, 'eu', 1))
    const standsBy = (at: number): boolean => {
      share(sharings[at]!, [first, second][at]!.keeper.belief(), duties, clock.ms)
      return sharings[at]!.left.size > 0
    }
    const by = [0, 1].filter(standsBy)
    expect(by).toHaveLength(1)
    await [first, second][1 - by[0]!]!.keeper.stop()
    await settled()
    expect(standsBy(by[0]!)).toBe(false)
  })

  test('is listed for ten seconds more, and then no longer, though its age would grow on', async () => {
    const { open, pass, clock } = openFleet(['eu'])
    const [leaving, staying] = ['eu-1', 'eu-2'].map(open) as [Node, Node]
    await pass([
      [leaving, '+'],
      [staying, '+'],
    ])
    await leaving.keeper.stop()
    await settled()
    expect(staying.keeper.probers()).toMatchObject([
      { prober: 'eu-2', subjects: 1 },
      { prober: 'eu-1', subjects: 0 },
    ])
    clock.ms += 10_000
    expect(listed(staying)).toEqual(['eu-2', 'eu-1'])
    clock.ms++
    expect(listed(staying)).toEqual(['eu-2'])
  })

  test('is told apart from one that stands by, which is heard', async () => {
    const { open, pass } = openFleet(['eu'])
    const [idle, busy] = ['eu-1', 'eu-2'].map(open) as [Node, Node]
    for (let second = 0; second < 30; second++)
      await pass([
        [idle, undefined],
        [busy, '+'],
      ])
    expect(listed(busy).toSorted()).toEqual(['eu-1', 'eu-2'])
  })
})

describe('a restart', () => {
  const regions = ['eu', 'us', 'ap']

  test.each(['+', '-'] as const)('of one node after the other changes no verdict (%s)', async (word) => {
    const { open, pass } = openFleet(regions)
    const nodes = regions.map((region) => open(`${region}-1`))
    const all = (): (readonly [Node, '+' | '-'])[] => nodes.map((node) => [node, word])
    await pass(all())
    const before = word === '+' ? board.UP : board.DOWN
    const look = (): void => nodes.forEach((node) => expect(node.state()).toBe(before))
    look()
    for (const at of nodes.keys()) {
      await nodes[at]!.keeper.stop()
      await settled()
      for (let second = 0; second < 3; second++) {
        await pass(all().filter((_, i) => i !== at))
        look()
      }
      nodes[at] = open(nodes[at]!.name)
      await pass(all())
      look()
    }
  })

  test('of all nodes leaves the verdict as last known at whoever is the last', async () => {
    const { open, pass, clock } = openFleet(regions)
    const [eu, us, ap] = regions.map((region) => open(`${region}-1`)) as [Node, Node, Node]
    await pass([
      [eu, '-'],
      [us, '-'],
      [ap, '+'],
    ])
    await us.keeper.stop()
    await eu.keeper.stop()
    await settled()
    expect(voices(ap)).toEqual([
      [0, 0],
      [0, 0],
      [1, 0],
    ])
    expect(ap.state()).toBe(board.DOWN)
    expect(ap.because()).toMatch(/^1 of 3 vantage regions heard, 2 needed to decide; still down, as last known/)
    clock.ms += freshMs
    await ap.keeper.tick()
    expect(ap.state()).toBe(board.DOWN)
  })

  test('goes on from what the node kept, its own word included: its farewell was for others', async () => {
    const { open, pass, clock } = openFleet(['eu'])
    const before = open('eu-1')
    await pass([[before, '-']])
    const keep = (node: Node) => {
      const belief = node.keeper.belief()
      const witnesses = ['eu-1'].map((name) => keepWitness(belief, name, clock.ms)!)
      const verdicts = [keepVerdict('s', belief.verdicts.get('s')!, clock.ms)]
      return { witnesses, verdicts, rows: [] }
    }
    const kept = keep(before)
    await before.keeper.stop()
    await settled()
    expect(keep(before)).toEqual(kept)
    clock.ms += 2000
    const after = open('eu-1')
    after.keeper.recall(kept, 2000)
    await after.keeper.tick()
    expect([after.keeper.isDecided(), after.keeper.isFresh()]).toEqual([true, true])
    expect(voices(after)).toEqual([[0, 1]])
    expect(after.because()).toMatch(/^1 of 1 vantage regions say down/)
    expect(listed(after)).toEqual(['eu-1'])
  })

  test('brings the prober back with its first word, and nothing that it said before', async () => {
    const { open, pass, shelf } = openFleet(['eu'])
    const [leaving, staying] = ['eu-1', 'eu-2'].map(open) as [Node, Node]
    await pass([
      [leaving, '-'],
      [staying, '+'],
    ])
    const old = shelf.values.get('eu-1')!
    await leaving.keeper.stop()
    await settled()
    // A Redis that has failed over may still have it.
    shelf.values.set('eu-1', old)
    await pass([[staying, '+']])
    expect(voices(staying)).toEqual([[1, 0]])
    await pass([
      [open('eu-1'), '+'],
      [staying, '+'],
    ])
    expect(voices(staying)).toEqual([[2, 0]])
  })
})
