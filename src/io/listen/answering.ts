// What every transport asks of the server: bytes in, bytes out, at once.

/**
 * Answers one request in place: `length` bytes of `request` from `at`, sent by the 4 or 16 bytes of `source` from `sourceAt`.
 * Writes at most `limit` bytes to `out` from `outAt` and returns how many; 0 is silence. Sync. The arrays are the transport's
 * and are reused: nothing may keep them. Should it throw, that is a bug: it is counted, reported, and the request dropped.
 */
export type Answering = (
  request: Uint8Array,
  at: number,
  length: number,
  source: Uint8Array,
  sourceAt: number,
  family: 4 | 6,
  out: Uint8Array,
  outAt: number,
  limit: number,
) => number

/** The shortest DNS message: its header (RFC 1035 §4.1.1). */
export const HEADER_BYTES = 12
