// nearest: the usable pool closest to the client by great circle. Distances are compared as squared chords, which order as the
// arcs do and need no trigonometry per query. A client whose place is unknown gets the order given.
//
//   node: code, count, (branch, x, y, z) …   with x, y, z as 32-bit floats

import { z } from 'zod'
import { chordSquared, distanceKm } from '../geo/distance.ts'
import { type Asking, type Branch, definePolicy, largestShare, Outcome } from './policy.ts'

const MEMBER = 4
/** More than any squared chord. */
const FARTHEST = 5

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
    let shortest = FARTHEST
    for (let i = 0, at = node + 2; i < count; i++, at += MEMBER) {
      const distance = distanceTo(asking, at)
      const isUp = asking.usable(table[at]!)
      if (trace) {
        sayDistance(asking, node, at, isUp)
        if (!isUp) asking.pick(table[at]!) // picks nothing, and says why
      }
      if (isUp && distance < shortest) {
        best = table[at]!
        shortest = distance
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
    let beyond = -1
    for (let turn = 0; turn < count; turn++) {
      let next = FARTHEST
      for (let i = 0, at = node + 2; i < count; i++, at += MEMBER) {
        const distance = distanceTo(asking, at)
        if (distance > beyond && distance < next) next = distance
      }
      if (next === FARTHEST) return
      for (let i = 0, at = node + 2; i < count; i++, at += MEMBER)
        if (distanceTo(asking, at) === next) asking.gather(table[at]!)
      beyond = next
    }
  },

  share: (asking, node) => largestShare(asking, node + 2, asking.table[node + 1]!, MEMBER),

  treat(treatment, node) {
    const { table } = treatment
    const members = Array.from({ length: table[node + 1]! }, (_, i) => node + 2 + MEMBER * i)
    const ordered = members.toSorted((a, b) => distanceTo(treatment, a) - distanceTo(treatment, b))
    for (const at of ordered) {
      treatment.words.push(table[at]!)
      treatment.treat(table[at]!)
    }
  },
})

type Placed = Pick<Asking, 'table' | 'floats' | 'places' | 'place'>

/** The squared chord, 0 to 4; 0 for all where the client's place is unknown. */
function distanceTo(asking: Placed, at: number): number {
  if (!isLocated(asking)) return 0
  const { places, place, floats } = asking
  const { x, y, z } = places
  return chordSquared(x[place]!, y[place]!, z[place]!, floats[at + 1]!, floats[at + 2]!, floats[at + 3]!)
}

function isLocated({ places, place }: Placed): boolean {
  return places.x[place] !== 0 || places.y[place] !== 0 || places.z[place] !== 0
}

function sayDistance(asking: Asking, node: number, at: number, isUp: boolean): void {
  const { places, place, floats, trace } = asking
  const { x, y, z } = places
  const km = distanceKm(x[place]!, y[place]!, z[place]!, floats[at + 1]!, floats[at + 2]!, floats[at + 3]!)
  const far = isLocated(asking) ? `${Math.round(km)} km away` : 'at an unknown distance'
  trace!.say(node, `nearest: ${trace!.nameOf(asking.table[at]!)} is ${far}${isUp ? '' : ' and not usable'}`)
}
