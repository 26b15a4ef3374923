// A place image seen with other eyes: places that are treated alike become one, so that the length found is the widest
// prefix within which everybody is treated the same, which is what an ECS scope promises (RFC 7871 §7.2.1).
//
// Ranges that are nowhere on the Internet (RFC 6890) are kept apart, unless an own network says where they are: their clients
// are treated by the resolver's address, so no answer for their neighbours may cover them.

import { holes } from './compile-places.ts'
import { bindPlaces, createPlaces, type Places } from './places.ts'
import { indexV4, indexV6 } from './range-index.ts'
import { addressWords, comparePrefixes, mergeRanges, nestPrefixes, type PrefixValue, type Ranges } from './ranges.ts'
import { specialPrefixes } from './special.ts'

/** What stands for "nowhere on the Internet": one more than the last place. */
export function specialPlace(places: Places): number {
  return places.country.length
}

/**
 * `groupOf[place]` is the place that stands for all that are treated as it is. The image has ranges and no columns: look
 * the place found up in the columns of the first image.
 */
export function regroupPlaces(places: Places, groupOf: Uint32Array): SharedArrayBuffer {
  const nowhere = specialPlace(places)
  const choose = (place: number, special: number): number => (special === 1 && places.own[place] === 0 ? nowhere : groupOf[place]!)
  const v4 = mergeRanges(rangesOf(places, 4), specials(4), choose)
  const hole = nowhere + 1
  const v6 = mergeRanges(mergeRanges(rangesOf(places, 6), specials(6), choose), holes(), (place, isHole) => (isHole === 1 ? hole : place))
  const v6Index = indexV6(v6)
  const image = createPlaces({ places: 0, networks: 0, v4: v4.count, v6: v6.count, v6Index: v6Index.length })
  const regrouped = bindPlaces(image)
  regrouped.v4Starts.set(v4.starts.subarray(0, v4.count))
  regrouped.v4Places.set(v4.values.subarray(0, v4.count))
  regrouped.v4Jump.set(indexV4(v4))
  regrouped.v6Starts.set(v6.starts.subarray(0, 4 * v6.count))
  for (let i = 0; i < v6.count; i++) regrouped.v6Places[i] = v6.values[i] === hole ? groupOf[0]! : v6.values[i]!
  regrouped.v6Index.set(v6Index)
  return image
}

function rangesOf(places: Places, family: 4 | 6): Ranges {
  if (family === 4) return { width: 1, count: places.v4Places.length, starts: places.v4Starts, values: places.v4Places }
  return { width: 4, count: places.v6Places.length, starts: places.v6Starts, values: places.v6Places }
}

function specials(family: 4 | 6): Ranges {
  const prefixes = specialPrefixes(family).map(({ bytes, length }): PrefixValue => ({ words: addressWords(bytes), length, value: 1 }))
  return nestPrefixes(family === 4 ? 1 : 4, prefixes.sort(comparePrefixes), 0)
}
