// How much of a branch is usable, as the branches above it see it.

import { expect, test } from 'vitest'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { makeTree, pick, type State } from './tree.ts'

const target = (last: number, state: State) => ({ address: `192.0.2.${last}`, state })
const pools = {
  whole: { at: [0, 0] as const, targets: [target(1, 'up'), target(2, 'up')] },
  half: { at: [0, 9] as const, targets: [target(3, 'up'), target(4, 'down')] },
  none: { at: [9, 0] as const, targets: [target(5, 'down'), target(6, 'drained')] },
}

test.each<[Branch, number]>([
  [{ nearest: ['half', 'none'] }, 500],
  [{ nearest: { of: ['half', 'whole', 'none'], limit: 2 } }, 1000],
  [{ sticky: ['whole', 'half'] }, 750],
  [{ sticky: [{ to: 'whole', weight: 3 }, 'none'] }, 750],
  [
    {
      sticky: [
        { to: 'half', weight: 0 },
        { to: 'none', weight: 0 },
      ],
    },
    500,
  ],
  [{ fastest: ['none', 'half'] }, 500],
  [{ least: ['half', 'whole'] }, 1000],
  [{ shed: { to: 'none', low: '1%', high: '2%', rest: 'half' } }, 500],
  [{ all: ['whole', 'half', 'none'] }, 500],
  [{ rotate: ['whole', 'none'] }, 500],
  [{ first: ['none', 'half'] }, 500],
  [{ all: [{ sticky: ['none'] }] }, 0],
])('%j: %i per mille', (steer, share) => {
  const tree = makeTree({ pools, steer })
  pick(tree)
  expect(tree.asking.share(tree.root)).toBe(share)
  expect(tree.asking.usable(tree.root)).toBe(share >= 500)
})
