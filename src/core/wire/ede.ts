// Extended DNS errors (RFC 8914): why an answer is what it is, as a number and a few words for whoever reads a packet. Hot: the
// words are bytes made once, so naming an error costs the query path one number.
//
//   an error = info code (16 bits, registered by IANA) | which text << 16

export const Ede = {
  none: -1,
  /** No target of the service is usable, and the answer holds all of them (info code 0, "Other"). */
  allDown: 0 | (1 << 16),
  /** The same, and a pool that is kept for this answers (info code 0). */
  allDownPool: 0 | (7 << 16),
  /** The same, and there is no answer (info code 23, "Network Error"). */
  allDownClosed: 23 | (8 << 16),
  /** A chain of aliases was left at its bound (info code 0). */
  chainTooLong: 0 | (2 << 16),
  notReady: 14 | (3 << 16),
  /** What an ALIAS leads to is old: nobody says anything newer (info code 3, "Stale Answer"). */
  aliasStale: 3 | (11 << 16),
  /** There has been no answer yet about what an ALIAS leads to (info code 14, "Not Ready"), or no answer is to be had (23). */
  aliasPending: 14 | (9 << 16),
  aliasFailed: 23 | (10 << 16),
  /** What an ALIAS leads to does not exist (info code 0). */
  aliasNowhere: 0 | (12 << 16),
  prohibited: 18 | (4 << 16),
  notAuthoritative: 20 | (5 << 16),
  /** An opcode or query type that there is no code for. */
  notSupported: 21 | (6 << 16),
} as const
export type Ede = (typeof Ede)[keyof typeof Ede]

/** By what stands above the info code. Short: the text is for people, and the packet is the client's (RFC 8914 §2). */
const texts: readonly Uint8Array[] = [
  '',
  'no target is up',
  'too many aliases',
  'not ready yet',
  'not allowed',
  'not authoritative for this name',
  'not supported',
  'no target is up: fallback',
  'no target is up',
  'ALIAS: not resolved yet',
  'ALIAS: target cannot be resolved',
  'ALIAS: no newer answer is to be had',
  'ALIAS: target does not exist',
].map((text) => new TextEncoder().encode(text))

export function infoCodeOf(ede: number): number {
  return ede & 0xffff
}

export function edeText(ede: number): Uint8Array {
  return texts[ede >>> 16]!
}
