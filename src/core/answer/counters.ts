// What answering counts: one shared block per worker and transport, written by that worker alone and summed by the main thread.
// (What the transports count, such as packets and connections, stands in io/listen/counters.ts.)
// Hot: plain additions on a Float64Array (6 ns; an atomic one costs 22), nothing allocated, nothing thrown. One writer needs no
// lock, and an aligned 64-bit float is never seen half-written on the machines we run on.
//
//   word 0       the transport, an index into `transports`
//   word 1…15    named counts (Count)
//   word 16…     queries: a row per type slot, in it a column per response code
//   after them   limited responses: a row per kind (limits.ts), in it a column per outcome (Limited)

/** In the order of their index; a new one goes to the end. */
export const transports = ['udp', 'tcp', 'tls', 'https'] as const
export type Transport = (typeof transports)[number]

/** Where the named counts stand in a block. */
export const Count = {
  /** Requests met with silence because they were no query: too short, a response, garbage. */
  malformed: 1,
  /** Requests met with silence by policy: access lists, rate limits. */
  refused: 2,
  /** Responses that had to be cut short (TC). */
  truncated: 3,
  /** Bugs of ours that were caught. */
  errors: 4,
  /** Queries that brought EDNS Client Subnet. */
  withSubnet: 5,
  /** Answers that a service's policy chose. */
  steered: 6,
  /** Client Subnets that were not taken from a resolver, or in a zone. */
  subnetsRefused: 7,
} as const
export type CountName = keyof typeof Count

const QUERIES = 16

/** Types 0 to 255 have their own slot, and so has CAA (257), the one that people use beyond them; all others share one. */
export const TYPE_CAA_SLOT = 256
export const TYPE_OTHER_SLOT = 257
export const TYPE_SLOTS = 258

/** Response codes 0 to 15 of the header, BADVERS (16), BADCOOKIE (23), and one column for all others. */
export const RCODE_BADVERS_SLOT = 16
export const RCODE_BADCOOKIE_SLOT = 17
export const RCODE_OTHER_SLOT = 18
export const RCODE_SLOTS = 19

/** What became of a limited response; `spared`: it was answered, because limits are only tried out. */
export const Limited = { slipped: 0, dropped: 1, spared: 2 } as const
export const limitedNames = Object.keys(Limited) as readonly (keyof typeof Limited)[]

const LIMITS = QUERIES + TYPE_SLOTS * RCODE_SLOTS
const LIMIT_KINDS = 8

const WORDS = LIMITS + LIMIT_KINDS * 3

/** A block with every count at zero. */
export function createCounters(transport: Transport): SharedArrayBuffer {
  const block = new SharedArrayBuffer(WORDS * Float64Array.BYTES_PER_ELEMENT)
  new Float64Array(block)[0] = transports.indexOf(transport)
  return block
}

/** A view on a block that another thread may have created. */
export function bindCounters(block: SharedArrayBuffer): Float64Array {
  return new Float64Array(block)
}

export function transportOf(counters: Float64Array): Transport {
  return transports[counters[0]!]!
}

/** One query answered. `rcode` is the extended one, 0 to 4095. */
export function countQuery(counters: Float64Array, qtype: number, rcode: number): void {
  counters[queryAt(typeSlot(qtype), rcodeSlot(rcode))]! += 1
}

/** `at` is one of `Count`. */
export function count(counters: Float64Array, at: number, by: number): void {
  counters[at]! += by
}

/** Where a limited response is counted: `kind` as in limits.ts, `outcome` one of `Limited`. */
export function limitAt(kind: number, outcome: number): number {
  return LIMITS + kind * 3 + outcome
}

/** Where a pair of slots is counted. */
export function queryAt(type: number, rcode: number): number {
  return QUERIES + type * RCODE_SLOTS + rcode
}

export function typeSlot(qtype: number): number {
  return qtype < 256 ? qtype : qtype === 257 ? TYPE_CAA_SLOT : TYPE_OTHER_SLOT
}

export function rcodeSlot(rcode: number): number {
  if (rcode <= RCODE_BADVERS_SLOT) return rcode
  return rcode === 23 ? RCODE_BADCOOKIE_SLOT : RCODE_OTHER_SLOT
}
