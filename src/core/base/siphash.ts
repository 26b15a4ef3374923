// SipHash-2-4 (Aumasson, Bernstein 2012), and its shorter kind 1-3, in 32-bit halves. Hot: reuses its state, allocates nothing.
// The 64-bit result is left in `state.lo` and `state.hi`, because returning two numbers would allocate.

export interface SipKey {
  readonly k0lo: number
  readonly k0hi: number
  readonly k1lo: number
  readonly k1hi: number
}

export interface SipState {
  lo: number
  hi: number
}

/** A key from 16 bytes, little-endian as in the reference code. */
export function readSipKey(bytes: Uint8Array): SipKey {
  if (bytes.length < 16) throw new RangeError('a SipHash key has 16 bytes')
  return { k0lo: u32le(bytes, 0), k0hi: u32le(bytes, 4), k1lo: u32le(bytes, 8), k1hi: u32le(bytes, 12) }
}

/** Hashes `length` bytes from `at` into `state`. */
export function siphash(key: SipKey, bytes: Uint8Array, at: number, length: number, state: SipState): void {
  let v0l = key.k0lo ^ 0x70736575
  let v0h = key.k0hi ^ 0x736f6d65
  let v1l = key.k1lo ^ 0x6e646f6d
  let v1h = key.k1hi ^ 0x646f7261
  let v2l = key.k0lo ^ 0x6e657261
  let v2h = key.k0hi ^ 0x6c796765
  let v3l = key.k1lo ^ 0x79746573
  let v3h = key.k1hi ^ 0x74656462
  const blocks = length >> 3
  let t = 0
  // One turn per 8-byte block, then the last block with the length in its top byte, then four turns of finalisation.
  for (let turn = 0; turn <= blocks + 1; turn++) {
    let ml = 0
    let mh = 0
    let rounds = 2
    const base = at + 8 * turn
    if (turn < blocks) {
      ml = u32le(bytes, base)
      mh = u32le(bytes, base + 4)
    } else if (turn === blocks) {
      const left = length & 7
      for (let i = 0; i < left; i++) {
        if (i < 4) ml |= bytes[base + i]! << (8 * i)
        else mh |= bytes[base + i]! << (8 * (i - 4))
      }
      mh |= (length & 255) << 24
    } else {
      v2l ^= 0xff
      rounds = 4
    }
    v3l ^= ml
    v3h ^= mh
    for (let i = 0; i < rounds; i++) {
      v0l = (v0l + v1l) | 0
      v0h = (v0h + v1h + (v0l >>> 0 < v1l >>> 0 ? 1 : 0)) | 0
      t = v1h
      v1h = (v1h << 13) | (v1l >>> 19)
      v1l = (v1l << 13) | (t >>> 19)
      v1l ^= v0l
      v1h ^= v0h
      t = v0l
      v0l = v0h
      v0h = t
      v2l = (v2l + v3l) | 0
      v2h = (v2h + v3h + (v2l >>> 0 < v3l >>> 0 ? 1 : 0)) | 0
      t = v3h
      v3h = (v3h << 16) | (v3l >>> 16)
      v3l = (v3l << 16) | (t >>> 16)
      v3l ^= v2l
      v3h ^= v2h
      v0l = (v0l + v3l) | 0
      v0h = (v0h + v3h + (v0l >>> 0 < v3l >>> 0 ? 1 : 0)) | 0
      t = v3h
      v3h = (v3h << 21) | (v3l >>> 11)
      v3l = (v3l << 21) | (t >>> 11)
      v3l ^= v0l
      v3h ^= v0h
      v2l = (v2l + v1l) | 0
      v2h = (v2h + v1h + (v2l >>> 0 < v1l >>> 0 ? 1 : 0)) | 0
      t = v1h
      v1h = (v1h << 17) | (v1l >>> 15)
      v1l = (v1l << 17) | (t >>> 15)
      v1l ^= v2l
      v1h ^= v2h
      t = v2l
      v2l = v2h
      v2h = t
    }
    v0l ^= ml
    v0h ^= mh
  }
  state.lo = (v0l ^ v1l ^ v2l ^ v3l) >>> 0
  state.hi = (v0h ^ v1h ^ v2h ^ v3h) >>> 0
}

/**
 * SipHash-1-3 of a message of whole words: `blocks` pairs (low, high) that hold its length where the bytes' last block has it.
 * Five rounds for 14 bytes where 2-4 takes ten: enough where what is seen of the hash is a choice among few, and never the hash.
 */
export function siphash13(key: SipKey, words: Int32Array, blocks: number, state: SipState): void {
  let v0l = key.k0lo ^ 0x70736575
  let v0h = key.k0hi ^ 0x736f6d65
  let v1l = key.k1lo ^ 0x6e646f6d
  let v1h = key.k1hi ^ 0x646f7261
  let v2l = key.k0lo ^ 0x6e657261
  let v2h = key.k0hi ^ 0x6c796765
  let v3l = key.k1lo ^ 0x79746573
  let v3h = key.k1hi ^ 0x74656462
  let t = 0
  // One round per block, then three of finalisation.
  for (let turn = 0; turn < blocks + 3; turn++) {
    const ml = turn < blocks ? words[2 * turn]! : 0
    const mh = turn < blocks ? words[2 * turn + 1]! : 0
    if (turn === blocks) v2l ^= 0xff
    v3l ^= ml
    v3h ^= mh
    v0l = (v0l + v1l) | 0
    v0h = (v0h + v1h + (v0l >>> 0 < v1l >>> 0 ? 1 : 0)) | 0
    t = v1h
    v1h = (v1h << 13) | (v1l >>> 19)
    v1l = (v1l << 13) | (t >>> 19)
    v1l ^= v0l
    v1h ^= v0h
    t = v0l
    v0l = v0h
    v0h = t
    v2l = (v2l + v3l) | 0
    v2h = (v2h + v3h + (v2l >>> 0 < v3l >>> 0 ? 1 : 0)) | 0
    t = v3h
    v3h = (v3h << 16) | (v3l >>> 16)
    v3l = (v3l << 16) | (t >>> 16)
    v3l ^= v2l
    v3h ^= v2h
    v0l = (v0l + v3l) | 0
    v0h = (v0h + v3h + (v0l >>> 0 < v3l >>> 0 ? 1 : 0)) | 0
    t = v3h
    v3h = (v3h << 21) | (v3l >>> 11)
    v3l = (v3l << 21) | (t >>> 11)
    v3l ^= v0l
    v3h ^= v0h
    v2l = (v2l + v1l) | 0
    v2h = (v2h + v1h + (v2l >>> 0 < v1l >>> 0 ? 1 : 0)) | 0
    t = v1h
    v1h = (v1h << 17) | (v1l >>> 15)
    v1l = (v1l << 17) | (t >>> 15)
    v1l ^= v2l
    v1h ^= v2h
    t = v2l
    v2l = v2h
    v2h = t
    v0l ^= ml
    v0h ^= mh
  }
  state.lo = v0l ^ v1l ^ v2l ^ v3l
  state.hi = v0h ^ v1h ^ v2h ^ v3h
}

function u32le(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
