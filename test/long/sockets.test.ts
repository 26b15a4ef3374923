// Damaged requests by the million through the sockets of a node, another set in each run: the seed is printed, and repeats what
// it found. What the node holds in memory does not grow with what it was sent.

import { expect, test } from 'vitest'
import { startFullNode } from '../fuzz/full-node.ts'
import { attackTcp, attackUdp, faultsOf, openConnections, residentMb } from '../fuzz/sockets.ts'
import { until } from '../support/until.ts'

const MESSAGES = 1_000_000
const ROUNDS = 10

test(`${MESSAGES} damaged requests over UDP, and as many over TCP`, async () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() & 0x7fffffff)
  await using full = await startFullNode()
  const { node } = full
  const sizes: number[] = []
  let [udp, tcp] = [0, 0]
  try {
    for (let round = 0; round < ROUNDS; round++) {
      udp += (await attackUdp(node, MESSAGES / ROUNDS, seed + round)).answered
      tcp += (await attackTcp(node, MESSAGES / ROUNDS, seed + round)).answered
      await until('no connection is left', 10_000, async () => (await openConnections(node)) === 0)
      sizes.push(residentMb(node.pid))
    }
    expect(await faultsOf(node)).toEqual([])
  } catch (error) {
    throw new Error(`with FUZZ_SEED=${seed}`, { cause: error })
  }
  const rounded = sizes.map((size) => Math.round(size))
  process.stderr.write(
    `sockets: ${udp} answers over UDP, ${tcp} over TCP; resident MB by round: ${rounded.join(' ')}\n`,
  )
  expect(udp).toBeGreaterThan(MESSAGES / 2)
  expect(tcp).toBeGreaterThan(MESSAGES / 3)
  // The first rounds warm it up; after that nothing is kept.
  expect(Math.max(...sizes.slice(-3))).toBeLessThan(Math.max(...sizes.slice(1, 4)) + 40)
}, 900_000)
