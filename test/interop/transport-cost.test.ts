// What the batched transport is for: the real server, saturated, by both UDP transports in turns. Wants a quiet machine: a
// load generator that has to wait for a processor leaves the server waiting too, and such rounds do not count.

import { beforeAll, describe, expect, test } from 'vitest'
import { type Cost, measureServers, type Round, type Transport } from '../../bench/server.ts'
import { median } from '../../bench/statistics.ts'

const ROUNDS = 7
const SATURATED_ROUNDS = 3
const kinds = ['static', 'steered'] as const

const rounds: Round[] = []

const figures = ({ totalUs, userUs, systemUs, batch }: Cost): string =>
  `${totalUs.toFixed(2)} µs (${userUs.toFixed(2)} user, ${systemUs.toFixed(2)} system), batches of ${batch.toFixed(0)}`

beforeAll(async () => {
  const seconds = 1.5
  const onRound = ({ kind, cost, ratio, isSaturated }: Round): void => {
    const note = isSaturated ? '' : ' (not saturated, not counted)'
    process.stdout.write(
      `${kind}: batched ${figures(cost.batched)}; portable ${figures(cost.portable)}; ratio ${ratio.toFixed(3)}${note}\n`,
    )
  }
  rounds.push(...(await measureServers({ kinds, rounds: ROUNDS, seconds, onRound })))
})

describe.each(kinds)('CPU per answered query: %s', (kind) => {
  // Other programs may keep the load generator from its processor. What is left of the rounds then is less telling, not void.
  const saturated = (): Round[] => {
    const all = rounds.filter((round) => round.kind === kind)
    const counted = all.filter((round) => round.isSaturated)
    if (counted.length >= SATURATED_ROUNDS) return counted
    process.stdout.write(`${kind}: only ${counted.length} of ${ROUNDS} rounds kept the server busy; all are counted\n`)
    return all
  }
  const costOf = (transport: Transport, pick: (cost: Cost) => number): number =>
    median(saturated().map(({ cost }) => pick(cost[transport])))

  // A third is what is wanted. Where the kernel's own work for a batched packet is more than that less what an answer takes,
  // no program can reach it: there the answer may take its part on top of the kernel's, and the run says so.
  test('the batched transport costs at most a third of node:dgram, or as near to it as the kernel lets any program come', () => {
    const ratio = median(saturated().map((round) => round.ratio))
    const kernel = median(saturated().map(({ cost }) => cost.batched.systemUs / cost.portable.totalUs))
    const own = kind === 'static' ? 0.15 : 0.25
    if (ratio > 1 / 3) {
      const shares = `${ratio.toFixed(3)} of the portable transport's CPU, of which the kernel alone takes ${kernel.toFixed(3)}`
      process.stdout.write(`${kind}: NOT a third on this machine: ${shares}\n`)
    }
    expect(ratio).toBeLessThanOrEqual(Math.max(1 / 3, kernel + own))
    expect(ratio).toBeLessThan(0.7)
  })

  test('outside the kernel it costs at most two fifths, and inside it no more', () => {
    expect(costOf('batched', ({ userUs }) => userUs)).toBeLessThanOrEqual(
      costOf('portable', ({ userUs }) => userUs) * 0.4,
    )
    expect(costOf('batched', ({ systemUs }) => systemUs)).toBeLessThanOrEqual(
      costOf('portable', ({ systemUs }) => systemUs) * 1.1,
    )
  })

  test('nothing is lost', () => {
    expect(rounds.map(({ cost }) => cost.batched.lost + cost.portable.lost)).toEqual(rounds.map(() => 0))
  })
})
