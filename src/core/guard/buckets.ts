// Token buckets in a table of fixed size: so many responses a second for each key, and what was not used of the last seconds
// besides. Hot: one set of four buckets is one cache line; nothing is allocated or thrown, and no time is asked for.
//
//   set     4 buckets · 4 words: tag, thousandths of tokens, time of the last look, refusals since the bucket was made
//
// A key without a bucket takes the one of its set that nobody looked at for longest, but one that refuses just now only where
// all four do: a million others cannot push a flood out of its bucket. The hash is keyed by a seed that nobody outside knows. Who finds keys that share a bucket
// all the same gains nothing: to empty somebody's bucket it is enough to send in his name.

const TAG = 0
const TOKENS = 1
const LOOKED = 2
const REFUSALS = 3
const BUCKET = 4
const WAYS = 4
const SET = WAYS * BUCKET

/** What one response costs. */
const TOKEN = 1000

export interface Buckets {
  readonly words: Int32Array
  /** Sets less one: a power of two less one. */
  readonly mask: number
  readonly seed: number
}

/** Room for `count` keys at least; `seed` is drawn by the caller. */
export function openBuckets(count: number, seed: number): Buckets {
  let sets = 1
  while (sets * WAYS < count) sets *= 2
  return { words: new Int32Array(sets * SET), mask: sets - 1, seed: seed | 0 }
}

/**
 * Takes a token for the key made of two words of a prefix, a kind and a name. Returns 0 where there was one, else how many
 * times this bucket has refused. `perSecond` × `windowMs` must stay below 2^31; `nowMs` is a steady clock, wrapped to 32 bits.
 */
export function takeToken(
  buckets: Buckets,
  high: number,
  low: number,
  kind: number,
  name: number,
  perSecond: number,
  windowMs: number,
  nowMs: number,
): number {
  const { words, mask, seed } = buckets
  const hash = finish(mix(mix(seed, high ^ (kind << 24)), low ^ name))
  // Not 0, which is a bucket that was never used.
  const tag = (Math.imul(high ^ seed, 0x9e3779b1) ^ Math.imul(low + kind, 0x85ebca6b) ^ Math.imul(name, 0xc2b2ae35)) | 1
  const first = (hash & mask) * SET
  let victim = first
  let longest = -0x80000000
  for (let at = first; at < first + SET; at += BUCKET) {
    if (words[at] === tag) return spend(words, at, perSecond, windowMs, nowMs)
    // A clock that has wrapped around makes a bucket look old, and it is.
    const idle = words[at] === 0 ? 0x7fffffff : (nowMs - words[at + LOOKED]!) & 0x7fffffff
    const isRefusing = words[at + REFUSALS] !== 0 && idle < windowMs
    const rank = isRefusing ? idle - 0x40000000 : idle
    if (rank > longest) {
      longest = rank
      victim = at
    }
  }
  words[victim + TAG] = tag
  words[victim + TOKENS] = perSecond * windowMs - TOKEN
  words[victim + LOOKED] = nowMs
  words[victim + REFUSALS] = 0
  return 0
}

function spend(words: Int32Array, at: number, perSecond: number, windowMs: number, nowMs: number): number {
  const idle = (nowMs - words[at + LOOKED]!) | 0
  const full = perSecond * windowMs
  let tokens = full
  if (idle >= 0 && idle < windowMs) {
    tokens = words[at + TOKENS]! + idle * perSecond
    // Both terms are below 2^31, their sum need not be: it stays a number until it is cut.
    if (tokens > full) tokens = full
  }
  words[at + LOOKED] = nowMs
  if (tokens >= TOKEN) {
    words[at + TOKENS] = tokens - TOKEN
    return 0
  }
  words[at + TOKENS] = tokens
  const refusals = (words[at + REFUSALS]! + 1) & 0x7fffffff
  words[at + REFUSALS] = refusals
  return refusals === 0 ? 1 : refusals
}

/** The steps of MurmurHash3 (Appleby, 2011). */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  const h = hash ^ k
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
}

function finish(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
