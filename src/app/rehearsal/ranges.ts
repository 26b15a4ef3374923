// A sweep over the address space as one or two place images cut it: which places each stretch of addresses has in each of them.
// Addresses are bigints here, of 32 or 128 bits; this runs once per rehearsal.

import { rangesOf } from '../../core/geo/address-map.ts'
import { fixedOffset } from '../../core/geo/client.ts'
import type { Places } from '../../core/geo/places.ts'

export interface Stretch {
  readonly family: 4 | 6
  readonly from: bigint
  /** The last address in it. */
  readonly to: bigint
  /** The place in each image. */
  readonly places: readonly number[]
}

export function* sweep(images: readonly Places[], family: 4 | 6): Generator<Stretch> {
  const starts = images.map((places) => startsOf(places, family))
  const last = (1n << (family === 4 ? 32n : 128n)) - 1n
  const at = images.map(() => 0)
  let from = 0n
  for (;;) {
    let next = last + 1n
    for (const [i, list] of starts.entries()) {
      const start = list[at[i]! + 1]
      if (start !== undefined && start < next) next = start
    }
    yield { family, from, to: next - 1n, places: images.map((places, i) => placeAt(places, family, at[i]!)) }
    if (next > last) return
    for (const [i, list] of starts.entries()) if (list[at[i]! + 1] === next) at[i]!++
    from = next
  }
}

function startsOf(places: Places, family: 4 | 6): bigint[] {
  if (family === 4) return Array.from(rangesOf(places.map).v4.starts, BigInt)
  const { v6Starts } = places.map
  const starts: bigint[] = []
  for (let i = 0; i < v6Starts.length; i += 4) {
    const high = (BigInt(v6Starts[i]!) << 32n) | BigInt(v6Starts[i + 1]!)
    starts.push((high << 64n) | (BigInt(v6Starts[i + 2]!) << 32n) | BigInt(v6Starts[i + 3]!))
  }
  return starts
}

function placeAt(places: Places, family: 4 | 6, index: number): number {
  const { v4Ranges, v6Values } = places.map
  return family === 4 ? v4Ranges[2 * index + 1]! : v6Values[index]!
}

/**
 * The first address of a stretch, if that is one of a client: none that holds an IPv4 address, which would be looked up as
 * that, and none that is nowhere, unless a configuration knows its network.
 */
export function clientIn({ family, from, places }: Stretch, images: readonly Places[]): Uint8Array | undefined {
  const bytes = bytesOf(from, family)
  if (family === 6 && fixedOffset(bytes, 0) >= 0) return undefined
  const isNowhere = images.every(({ special, network }, i) => special[places[i]!] === 1 && network[places[i]!] === 0)
  return isNowhere ? undefined : bytes
}

export function bytesOf(address: bigint, family: 4 | 6): Uint8Array {
  const bytes = new Uint8Array(family === 4 ? 4 : 16)
  let left = address
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = Number(left & 255n)
    left >>= 8n
  }
  return bytes
}
