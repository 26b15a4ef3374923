// shed: a branch that sheds its load. Between a low and a high watermark of its reported load a rising share of the clients
// goes to the rest, above the high one all do; by dice, so that a client that was shed stays so while the load rises. Without
// a report nothing is shed. Where the rest is not usable either, the branch is used after all.
//
//   node: code, branch, rest, low, high (per mille), list of the branch's pools

import { z } from 'zod'
import { percent } from '../base/schema.ts'
import {
  anyUsable,
  type Asking,
  type Branch,
  definePolicy,
  largestShare,
  Outcome,
  sayUnusable,
  treatAll,
} from './policy.ts'
import { LOAD_ITSELF, poolList, reported } from './reported.ts'

interface Config {
  readonly to: Branch
  readonly low: number
  readonly high: number
  readonly rest: Branch
}

const Field = { to: 1, rest: 2, low: 3, high: 4, list: 5 } as const

export const shed = definePolicy<Config>({
  name: 'shed',
  usesPlace: false,

  config: (branch) =>
    z
      .strictObject({
        to: branch,
        low: percent().describe('the load from which on it sheds'),
        high: percent().describe('the load at which it sheds everything'),
        rest: branch,
      })
      .meta({ description: 'a branch that sheds a rising share of its clients to `rest` as its reported load rises' }),

  branches: ({ to, rest }) => [
    { to, path: ['to'] },
    { to: rest, path: ['rest'] },
  ],

  compile({ to, rest, low, high }, code, writer) {
    if (low >= high) writer.problem(['high'], `expected more than \`low\`, which is ${low / 10}%, found ${high / 10}%`)
    const branch = writer.branch(to, ['to'])
    const list = poolList(branch, writer)
    return writer.words(code, branch, writer.branch(rest, ['rest']), low, high, list)
  },

  usable: (asking, node) => anyUsable(asking, node + Field.to, 2, 1),

  pick(asking, node) {
    const { table, trace } = asking
    const to = table[node + Field.to]!
    const rest = table[node + Field.rest]!
    if (!asking.usable(to)) {
      if (trace) sayUnusable(asking, trace, node, to, 'shed')
      return asking.pick(rest)
    }
    const odds = shedOdds(asking, node)
    const isShed = odds > 0 && (odds >= FULL || asking.draw(node, FULL) < odds)
    if (trace) sayOdds(asking, node, odds, isShed)
    if (!isShed) return asking.pick(to)
    if (asking.pick(rest) === Outcome.found) return Outcome.found
    trace?.say(node, `shed: ${trace.nameOf(rest)} is not usable either: ${trace.nameOf(to)} is used after all`)
    return asking.pick(to)
  },

  gather(asking, node) {
    asking.gather(asking.table[node + Field.to]!)
    asking.gather(asking.table[node + Field.rest]!)
  },

  share: (asking, node) => largestShare(asking, node + Field.to, 2, 1),

  treat: (treatment, node) => treatAll(treatment, node + Field.to, 2, 1),
})

const FULL = 1000

/** Of the clients, per mille, how many are sent to the rest. */
function shedOdds(asking: Asking, node: number): number {
  const { table } = asking
  const load = reported(asking, table[node + Field.list]!, LOAD_ITSELF)
  const low = table[node + Field.low]!
  const high = table[node + Field.high]!
  if (load <= low) return 0
  return load >= high ? FULL : Math.round((FULL * (load - low)) / (high - low))
}

function sayOdds(asking: Asking, node: number, odds: number, isShed: boolean): void {
  const { table, trace } = asking
  const name = trace!.nameOf(table[node + Field.to]!)
  const load = reported(asking, table[node + Field.list]!, LOAD_ITSELF)
  const figure = load < 0 ? 'no load is reported' : `its load is ${load / 10} %`
  const marks = `it sheds from ${table[node + Field.low]! / 10} % to ${table[node + Field.high]! / 10} %`
  const what = isShed ? 'this client is shed' : 'this client stays'
  if (isShed) trace!.out(node, table[node + Field.to]!, `${figure}, and this client is shed`)
  trace!.say(node, `shed: ${name}: ${figure}, ${marks}: ${odds / 10} % of the clients are shed; ${what}`)
}
