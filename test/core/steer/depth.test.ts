// How much is looked at for one question: with each further level of a tree a part more, and not a multiple.

import { describe, expect, test } from 'vitest'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { POOL } from '../../../src/core/steer/pool.ts'
import { listenToTree, makeTree, placeIn, type Tree } from './tree.ts'

const pools = {
  ill: {
    targets: [
      { address: '192.0.2.1', state: 'down' as const },
      { address: '192.0.2.2', state: 'down' as const },
    ],
  },
  well: { targets: [{ address: '192.0.2.5' }] },
  half: { targets: [{ address: '192.0.2.3' }, { address: '192.0.2.4', state: 'down' as const }] },
}

const levels: Readonly<Record<string, (to: Branch) => Branch>> = {
  'geo in failover with a minimum': (to) => ({ failover: { tiers: [{ geo: [{ to }] }], min_healthy: '90%' } }),
  'geo in a canary': (to) => ({ weighted: [{ to: { geo: [{ to }] }, percent: '100%', min_healthy: '90%' }] }),
  'failover in failover, both with a minimum': (to) => ({
    failover: { tiers: [{ failover: { tiers: [to], min_healthy: '10%' } }], min_healthy: '90%' },
  }),
  'geo by several places to one branch': (to) => ({
    geo: [{ where: ['country DE', 'network corp', 'network office', 'continent EU'], to }, { to: 'ill' }],
  }),
  'failover in geo': (to) => ({ geo: [{ to: { failover: [to] } }] }),
}

/** How often a pool is looked at. */
function looksOf(tree: Tree, ask: () => void): number {
  let looks = 0
  const { asking } = tree
  const { usable, share, pick: pickFrom } = asking
  const counted =
    <Answer>(look: (node: number) => Answer) =>
    (node: number): Answer => {
      looks += Number(asking.table[node] === POOL)
      return look(node)
    }
  Object.assign(asking, { usable: counted(usable), share: counted(share), pick: counted(pickFrom) })
  ask()
  return looks
}

function nested(level: (to: Branch) => Branch, depth: number, leaf: string): Branch {
  return depth === 0 ? leaf : level(nested(level, depth - 1, leaf))
}

describe.each(Object.entries(levels))('%s', (_, level) => {
  test.each(['ill', 'half', 'well'])('over a pool that is %s', (leaf) => {
    const count = (depth: number, ask: (tree: Tree) => void): number => {
      const tree = makeTree({ pools, steer: nested(level, depth, leaf) })
      tree.asking.place = placeIn('20.1.1.1')
      tree.asking.type = 1
      return looksOf(tree, () => ask(tree))
    }
    const usable = (tree: Tree): void => void tree.asking.usable(tree.root)
    const share = (tree: Tree): void => void tree.asking.share(tree.root)
    const pickFrom = (tree: Tree): void => void tree.asking.pick(tree.root)
    const explain = (tree: Tree): void => {
      listenToTree(tree)
      pickFrom(tree)
    }
    for (const ask of [usable, share]) expect(count(8, ask)).toBeLessThanOrEqual(2 * count(4, ask))
    // Each level judges what is beneath before it goes there.
    for (const ask of [pickFrom, explain]) expect(count(8, ask)).toBeLessThanOrEqual(4 * count(4, ask))
  })
})
