// Compiled trees against the brute-force model, at random moments.

import fc from 'fast-check'
import { expect } from 'vitest'
import type { ToldNode } from '../../../src/core/answer/told-tree.ts'
import { DOWN, UP, writeNext, writeState } from '../../../src/core/health/board.ts'
import { openNumbers } from '../../support/chance.ts'
import { expected, isDrained, openOrders, type Question, settle, uniform, weightOf, type World } from './brute-model.ts'
import { type BrutePolicy, treeOf } from './random-trees.ts'
import {
  clients,
  listenToTree,
  makeTree,
  pick,
  settleTree,
  type TargetText,
  type Tree,
  treatmentOf,
  writeReports,
} from './tree.ts'

/** Another moment: who is up, what is reported and what is not. */
function shake(world: World, tree: Tree, chance: (limit: number) => number): void {
  const rows = new Map([...tree.names.targets.values()].map(({ text, row }) => [text, row]))
  const mood = chance(3)
  for (const [name, pool] of Object.entries(world.pools)) {
    const targets = pool.targets.map((target): TargetText => {
      if (target.state === 'unchecked') return target
      const states = ['up', 'up', 'unknown', 'down', 'drained', 'down drained'] as const
      const state = states[mood === 0 ? 3 + chance(3) : chance(mood === 1 ? 6 : 4)]!
      const report = (most: number): number | undefined => (chance(4) === 0 ? undefined : chance(most))
      const latency = [report(60), report(60)]
      const load = report(1200)
      return { address: target.address, weight: weightOf(target), state, latency, ...(load !== undefined && { load }) }
    })
    world.pools[name] = { ...pool, targets }
    for (const target of targets) {
      const row = rows.get(target.address) ?? -1
      if (row < 0) continue
      const isDown = target.state === 'down' || target.state === 'down drained'
      writeState(tree.asking.board, row, isDown ? DOWN : UP, isDrained(target))
      writeReports(tree.asking.board, row, target)
      writeNext(tree.asking.board, row, chance(3) === 0 ? 0 : 1_800_000_000 + chance(100_000))
    }
  }
}

/** Every candidate either stays or falls out with a reason, what is chosen has stayed, and what is usable comes from somewhere. */
function expectTold(told: readonly ToldNode[], isUsable: boolean): void {
  for (const { before, after, out, chosen } of told) {
    expect([...after, ...out.map(({ name }) => name)].toSorted()).toEqual(before.toSorted())
    expect(out.filter(({ why }) => why === '')).toEqual([])
    expect(chosen.filter((name) => !after.includes(name))).toEqual([])
  }
  const root = told.findLast(({ depth }) => depth === 1)
  expect(root!.chosen.length > 0).toBe(isUsable)
}

/**
 * Compares compiled trees with the model for random trees, and for each at twenty moments with random health and reports. And
 * clients that are said to be treated alike get the same.
 */
export function expectBruteAgrees(policy: BrutePolicy, trees: number): void {
  const moments = 20
  const seen = { usable: 0, open: 0, alike: 0 }
  fc.assert(
    fc.property(treeOf(policy), fc.nat(), (text, seed) => {
      const chance = openNumbers(Math.imul(seed + 1, 0x9e3779b1))
      let asked: Question = { client: clients[0]!, type: 1, u: 0, bucket: 0 }
      const tree = makeTree(
        text,
        (total) => Math.floor(asked.u * total),
        (key) => uniform(key, asked.bucket),
      )
      expect(tree.findings).toEqual([])
      const world: World = { tree: text, pools: { ...text.pools }, orders: new Map() }
      openOrders(world, text.steer)
      const treatments = clients.map(({ address }) => treatmentOf(tree, address))
      let nowSec = 1_800_000_000
      for (let moment = 0; moment < moments; moment++) {
        shake(world, tree, chance)
        nowSec += chance(200)
        settleTree(tree, nowSec)
        settle(world, text.steer, nowSec)
        asked = {
          client: clients[chance(clients.length)]!,
          type: chance(2) === 0 ? 1 : 28,
          u: chance(1_000_000) / 1_000_000,
          bucket: chance(1_000_000),
        }
        const picked = pick(tree, asked.type, asked.client.address)
        expect(picked).toEqual(expected(world, asked))
        const { changesSec } = tree.asking
        // What is told changes nothing, the time until the answer could change included.
        const told = listenToTree(tree)
        expect(pick(tree, asked.type, asked.client.address)).toEqual(picked)
        expect(tree.asking.changesSec).toBe(changesSec)
        tree.asking.trace = undefined
        expectTold(told, picked.isUsable)
        const own = treatments[clients.indexOf(asked.client)]!.words
        const twin = chance(clients.length)
        if (treatments[twin]!.words.join() === own.join()) {
          expect(pick(tree, asked.type, clients[twin]!.address)).toEqual(picked)
          seen.alike++
        }
        if (picked.isUsable) seen.usable++
        else seen.open++
      }
    }),
    { numRuns: trees, seed: 31 },
  )
  // Both outcomes were met, or the comparison would say little.
  expect(Math.min(seen.usable, seen.open, seen.alike)).toBeGreaterThan((trees * moments) / 50)
}
