// npm run bench: what the parts of an answer cost, and what a query costs the real server by both UDP transports.
//
//   node bench/main.ts            about 70 s on a quiet machine
//   node bench/main.ts --quick    about 25 s: fewer and shorter rounds
//   node bench/main.ts attack     what a flood does to the node: attack.ts
//   node bench/main.ts scale      a million records and more, beside NSD (bench/scale.ts)

import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { attackMain } from './attack.ts'
import { measureParts } from './parts.ts'
import { measureScale } from './scale.ts'
import { BIG, measureTrees, SMALL } from './trees.ts'
import { type Cost, measureServers, type Round, transports } from './server.ts'
import { median } from './statistics.ts'

const options = { quick: { type: 'boolean', default: false } } as const
const { values, positionals } = parseArgs({ options, allowPositionals: true })
if (positionals[0] === 'attack') {
  await attackMain(values.quick)
  process.exit()
}
if (positionals[0] === 'scale') {
  await measureScale(values.quick)
  process.exit()
}
const plan = values.quick ? { rounds: 3, seconds: 1, partMs: 100 } : { rounds: 6, seconds: 1.5, partMs: 250 }

function say(text: string): void {
  console.log(text)
}

const us = (value: number): string => value.toFixed(2).padStart(6)

function costText(cost: Cost): string {
  const rate = `${Math.round(cost.perSecond / 1000)} k/s`.padStart(7)
  const lost = cost.lost > 0 ? `, ${cost.lost} lost` : ''
  return `${us(cost.totalUs)} = ${us(cost.userUs)} user + ${us(cost.systemUs)} system, ${rate}, batches of ${cost.batch.toFixed(0)}${lost}`
}

function summary(rounds: readonly Round[]): string[] {
  const lines = transports.map((transport) => {
    const of = (pick: (cost: Cost) => number): number => median(rounds.map(({ cost }) => pick(cost[transport])))
    const figures = [of((cost) => cost.totalUs), of((cost) => cost.userUs), of((cost) => cost.systemUs)].map(us)
    return `${transport.padEnd(10)} ${figures.join('   ')}   ${of((cost) => cost.batch).toFixed(0)}`
  })
  return [...lines, `batched : portable = ${median(rounds.map(({ ratio }) => ratio)).toFixed(3)}`]
}

const title = { static: 'a static A record, without EDNS', steered: 'a steered A record, with Client Subnet' } as const
const kinds = ['static', 'steered'] as const

say(`${availableParallelism()} processors, load ${loadavg()[0]!.toFixed(2)}, Node ${process.version}`)
say('\nns per operation (median)')
for (const { name, ns } of await measureParts(plan.partMs)) say(`  ${name.padEnd(46)} ${ns.toFixed(0).padStart(6)}`)

const { small, big } = measureTrees(8 * plan.partMs)
say(
  `\na tree of ${BIG.pools} pools, ${BIG.countries} countries and ${BIG.networks} networks beside one of ${SMALL.pools}, ${SMALL.countries} and ${SMALL.networks}`,
)
say(`  loaded in ${big.loadMs.toFixed(0)} ms, ${(big.loadMs - small.loadMs).toFixed(0)} ms more than the small one`)
say(
  `  answered in ${big.answerNs.toFixed(0)} ns, the small one in ${small.answerNs.toFixed(0)}: ${(big.answerNs / small.answerNs).toFixed(2)}`,
)

say(`\nµs of the server's CPU per answered query, at saturation, one packet worker (${plan.rounds} rounds)`)
const rounds = await measureServers({
  kinds,
  ...plan,
  onRound: ({ kind, cost, ratio, isSaturated }, number) => {
    for (const transport of transports)
      say(`  ${number + 1}  ${kind.padEnd(8)} ${transport.padEnd(9)} ${costText(cost[transport])}`)
    const doubt = isSaturated ? '' : ', and the server was not saturated'
    say(`  ${number + 1}  ${kind.padEnd(8)} ratio     ${ratio.toFixed(3)}   (load ${loadavg()[0]!.toFixed(2)}${doubt})`)
  },
})
for (const kind of kinds) {
  say(`\n${title[kind]}: medians\n            total     user   system   batch`)
  for (const line of summary(rounds.filter((round) => round.kind === kind))) say(line)
}
