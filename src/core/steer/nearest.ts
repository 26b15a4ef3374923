// nearest: the usable pool closest to the client by great circle. Distances are compared as the dot products of unit vectors,
// which orders as the arc does and needs no trigonometry per query. A client whose place is unknown gets the order given.
//
//   node: code, count, (branch, x, y, z) …   with x, y, z as 32-bit floats

import { z } from 'zod'
import { type Asking, type Branch, definePolicy, Outcome } from './policy.ts'

const MEMBER = 4

export const nearest = definePolicy<readonly Branch[]>({
  name: 'nearest',
  usesPlace: true,

  config: (branch) =>
    z
      .array(branch)
      .min(1)
      .meta({ description: 'pools, of which the usable one nearest to the client answers; each needs `at`' }),

  branches: (config) => config.map((to, i) => ({ to, path: [i] })),

  compile(config, code, writer) {
    const branches = config.map((to, i) => writer.branch(to, [i]))
    const bits = new Float32Array(3)
    const words: number[] = []
    for (const [i, to] of config.entries()) {
      const at = writer.whereIs(to)
      if (!at)
        writer.problem(
          [i],
          'expected a pool with a place, found a branch without one',
          'give the pool `at: { country: … }` or `at: { lat: …, lon: … }`',
        )
      bits.set(at ?? [0, 0, 0])
      words.push(branches[i]!, ...new Uint32Array(bits.buffer))
    }
    return writer.words(code, config.length, ...words)
  },

  usable(asking, node) {
    const count = asking.table[node + 1]!
    for (let i = 0; i < count; i++) if (asking.usable(asking.table[node + 2 + MEMBER * i]!)) return true
    return false
  },

  pick(asking, node) {
    const { table, trace } = asking
    const count = table[node + 1]!
    let best = 0
    let bestCloseness = -2
    for (let i = 0, at = node + 2; i < count; i++, at += MEMBER) {
      const closeness = closenessOf(asking, at)
      const isUp = asking.usable(table[at]!)
      if (trace) sayDistance(asking, node, at, closeness, isUp)
      if (isUp && closeness > bestCloseness) {
        best = table[at]!
        bestCloseness = closeness
      }
    }
    if (best !== 0) return asking.pick(best)
    trace?.say(node, 'nearest: no branch is usable')
    return Outcome.unusable
  },

  gather(asking, node) {
    const { table } = asking
    const count = table[node + 1]!
    // Nearest first, by selection: this runs only when everything is down.
    let below = 2
    for (let turn = 0; turn < count; turn++) {
      let next = -2
      for (let i = 0, at = node + 2; i < count; i++, at += MEMBER) {
        const closeness = closenessOf(asking, at)
        if (closeness < below && closeness > next) next = closeness
      }
      if (next === -2) return
      for (let i = 0, at = node + 2; i < count; i++, at += MEMBER)
        if (closenessOf(asking, at) === next) asking.gather(table[at]!)
      below = next
    }
  },
})

/** 1 where the client stands at the pool, -1 at the antipodes, 0 for all where its place is unknown. */
function closenessOf(asking: Asking, at: number): number {
  const { places, place, floats } = asking
  return places.x[place]! * floats[at + 1]! + places.y[place]! * floats[at + 2]! + places.z[place]! * floats[at + 3]!
}

function sayDistance(asking: Asking, node: number, at: number, closeness: number, isUp: boolean): void {
  const { places, place, trace } = asking
  const isKnown = places.x[place] !== 0 || places.y[place] !== 0 || places.z[place] !== 0
  const km = Math.round(6371 * Math.acos(Math.max(-1, Math.min(1, closeness))))
  const far = isKnown ? `${km} km away` : 'at an unknown distance'
  trace!.say(node, `nearest: ${trace!.nameOf(asking.table[at]!)} is ${far}${isUp ? '' : ' and not usable'}`)
}
