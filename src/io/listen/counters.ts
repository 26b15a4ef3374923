// What transports count. One block per worker, written by that worker alone and read by the main thread for metrics: 64-bit
// floats in shared memory, whole numbers far beyond any uptime, and added to once per batch.

export const Count = {
  /** Requests that arrived, whole. */
  received: 0,
  answered: 1,
  /** Requests that the answering met with silence. */
  silent: 2,
  /** Requests whose answering threw, or returned more than its limit: bugs. */
  failed: 3,
  /** Packets longer than a request may be, from port 0, or of an unknown family; stream frames without a DNS header. */
  malformed: 4,
  /** Answers that the kernel would not take. */
  unsent: 5,
  bytesIn: 6,
  bytesOut: 7,
  /** Calls that returned packets: `received / batches` is how well batching works. */
  batches: 8,
  /** Receive calls that failed for a reason other than an empty queue. */
  receiveErrors: 9,
  /** Stream connections accepted, refused by a limit, closed for want of progress, and open now. */
  accepted: 10,
  refused: 11,
  expired: 12,
  open: 13,
  /** Packets thrown away unanswered, because they had waited for too long. */
  shed: 14,
} as const

export type CountName = keyof typeof Count

export const countNames = Object.keys(Count) as readonly CountName[]

/** Views the block; without one, makes it. */
export function bindCounters(block: SharedArrayBuffer = new SharedArrayBuffer(countNames.length * 8)): Float64Array {
  return new Float64Array(block)
}

export function addTo(counters: Float64Array, count: number, by: number): void {
  counters[count] = counters[count]! + by
}
