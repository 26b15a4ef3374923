// Which of several members with a place is how near to the client: for `nearest`, and for `fastest` where nothing was measured.
// Hot: allocates nothing and never throws, but for what serves the loader.
//
// A member is five words at its start, of which x, y, z and scale are 32-bit floats: branch, x, y, z, scale. A policy may keep
// more words behind them: `stride` says how far apart members stand. Distances are whole numbers below 2^31, because fractions
// that go from function to function are boxed; a policy's members are all compared in one measure:
//
//   plain    the straight line, in billionths of the Earth's radius: it orders as the arc does and needs no trigonometry
//   scaled   metres of arc × the member's scale, where a bias stretches distances: at most a hundred times half the equator
//
// A client whose place is unknown is as far from all; a member without a place is farther than all that have one.

import { chordSquared, distanceKm, type Vector } from '../geo/distance.ts'
import { type Asking, sayUnusable, type SteerTrace, type Treatment } from './policy.ts'

export const PLACED = 5
const FARTHEST = 0x7fffffff
const NOWHERE = 0x7ffffffe
/** In the place of x, which is at most 1: the member has no place. */
const NO_PLACE = 2
const BILLION = 1e9
const RADIUS_M = 6_371_009

/** The five words of a member, in a form for the writer. */
export function placedWords(branch: number, at: Vector | undefined, scale = 1): number[] {
  const floats = new Float32Array(at ? [at.x, at.y, at.z, scale] : [NO_PLACE, 0, 0, scale])
  return [branch, ...new Uint32Array(floats.buffer)]
}

type Seen = Pick<Asking, 'table' | 'floats' | 'places' | 'place'>

export function isLocated({ places, place }: Seen): boolean {
  return places.x[place] !== 0 || places.y[place] !== 0 || places.z[place] !== 0
}

/** How far the member at `at` is from the client, in the policy's measure. */
export function farness(asking: Seen, at: number, isScaled: boolean): number {
  const { places, place, floats } = asking
  const x = floats[at + 1]!
  if (x === NO_PLACE) return NOWHERE
  if (!isLocated(asking)) return 0
  const square = chordSquared(places.x[place]!, places.y[place]!, places.z[place]!, x, floats[at + 2]!, floats[at + 3]!)
  const chord = Math.sqrt(square)
  return Math.round(isScaled ? arcOf(chord) * floats[at + 4]! * RADIUS_M : chord * BILLION) | 0
}

function arcOf(chord: number): number {
  return 2 * Math.asin(chord > 2 ? 1 : chord / 2)
}

/** What is farther by `perMille` of the way than what is `far`, in the same measure. */
export function widen(far: number, perMille: number, isScaled: boolean): number {
  if (far === NOWHERE) return far
  if (isScaled) return Math.min(NOWHERE - 1, Math.round((far * (1000 + perMille)) / 1000)) | 0
  const arc = (arcOf(far / BILLION) * (1000 + perMille)) / 1000
  const chord = 2 * Math.sin(arc > Math.PI ? Math.PI / 2 : arc / 2)
  // Rounding on the way there and back must not leave out what is exactly as far.
  return Math.max(far, Math.round(chord * BILLION)) | 0
}

/**
 * The nearest usable member, or with `after` the next one behind that: farther than it, or as far and later in the list. 0
 * where there is none.
 */
export function nextNearest(
  asking: Asking,
  first: number,
  count: number,
  stride: number,
  isScaled: boolean,
  after: number,
): number {
  const { table } = asking
  const beyond = after === 0 ? -1 : farness(asking, after, isScaled)
  let best = 0
  let shortest = FARTHEST
  for (let i = 0, at = first; i < count; i++, at += stride) {
    const far = farness(asking, at, isScaled)
    if (far >= shortest || far < beyond || (far === beyond && at <= after)) continue
    if (!asking.usable(table[at]!)) continue
    best = at
    shortest = far
  }
  return best
}

/** Gathers from the nearest member to the farthest, those as far in the order given. By selection: only when all is down. */
export function gatherByDistance(
  asking: Asking,
  first: number,
  count: number,
  stride: number,
  isScaled: boolean,
): void {
  const { table } = asking
  let beyond = -1
  for (let turn = 0; turn < count; turn++) {
    let next = FARTHEST
    for (let i = 0, at = first; i < count; i++, at += stride) {
      const far = farness(asking, at, isScaled)
      if (far > beyond && far < next) next = far
    }
    if (next === FARTHEST) return
    for (let i = 0, at = first; i < count; i++, at += stride)
      if (farness(asking, at, isScaled) === next) asking.gather(table[at]!)
    beyond = next
  }
}

/** Members from the nearest to the farthest, as indexes of their first words. For the loader. */
export function orderByDistance(
  treatment: Treatment,
  first: number,
  count: number,
  stride: number,
  isScaled: boolean,
): number[] {
  return Array.from({ length: count }, (_, i) => first + stride * i)
    .map((at) => ({ at, far: farness(treatment, at, isScaled) }))
    .sort((a, b) => a.far - b.far || a.at - b.at)
    .map(({ at }) => at)
}

/** "1234 km away", "at an unknown distance"; with a bias, how far the member counts as being. For `explain`. */
export function describeDistance(asking: Asking, at: number): string {
  const { places, place, floats } = asking
  if (floats[at + 1] === NO_PLACE) return 'nowhere'
  if (!isLocated(asking)) return 'at an unknown distance'
  const { x, y, z } = places
  const km = distanceKm(x[place]!, y[place]!, z[place]!, floats[at + 1]!, floats[at + 2]!, floats[at + 3]!)
  const scale = floats[at + 4]!
  const counted = scale === 1 ? '' : `, which its bias makes ${Math.round(km * scale)} km`
  return `${Math.round(km)} km away${counted}`
}

/** Says how far a member is, and why it falls out where it does. */
export function sayDistance(asking: Asking, trace: SteerTrace, node: number, at: number, policy: string): void {
  const to = asking.table[at]!
  trace.say(node, `${policy}: ${trace.nameOf(to)} is ${describeDistance(asking, at)}`)
  sayUnusable(asking, trace, node, to, policy)
}
