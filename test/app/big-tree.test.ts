// A big tree beside a small one. The bounds leave room for other work on the machine; `npm run bench` tells more.

import { expect, test } from 'vitest'
import { measureTrees } from '../../bench/trees.ts'

test('50 pools, 250 countries and 10 000 networks compile fast, and answer at the cost of a small tree', {
  timeout: 120_000,
}, () => {
  const { small, big } = measureTrees(1000)
  expect(small.answerNs).toBeGreaterThan(0)
  expect(big.loadMs - small.loadMs).toBeLessThan(5000)
  expect(big.answerNs / small.answerNs).toBeLessThan(2)
})
