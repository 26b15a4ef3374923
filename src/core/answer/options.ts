// What a node says about itself and how much it says, compiled from meridian.yaml: plain data, part of the Snapshot.

import { UDP_SIZE } from '../wire/message.ts'
import type { RateLimits } from './limits.ts'

export interface AnswerOptions {
  /** Whether addresses of names in an answer are added though nobody is lost without them. */
  readonly fullAdditional: boolean
  /** The longest UDP response, and the longest request that we say we take. */
  readonly udpSize: number
  /** What NSID (RFC 5001) is answered with; empty: nothing. */
  readonly nsid: Uint8Array
  /** Texts of CHAOS (RFC 4892) as TXT rdata; empty: refused. */
  readonly chaosVersion: Uint8Array
  readonly chaosId: Uint8Array
  /** 16 bytes each; the first makes cookies, all are believed. Empty: no cookies. */
  readonly cookieSecrets: readonly Uint8Array[]
  /** Whether who comes over UDP with a cookie option has to have a cookie of ours (BADCOOKIE, RFC 7873 §5.2.3). */
  readonly requireCookie: boolean
  /** How long we leave an idle TCP connection open, in units of 100 ms (RFC 7828 §3.1). */
  readonly keepalive: number
  /** Undefined: nothing is limited. */
  readonly limits: RateLimits | undefined
}

/** A server that says nothing about itself and gives no cookies. */
export const plainOptions: AnswerOptions = {
  fullAdditional: false,
  udpSize: UDP_SIZE,
  nsid: new Uint8Array(0),
  chaosVersion: new Uint8Array(0),
  chaosId: new Uint8Array(0),
  cookieSecrets: [],
  requireCookie: false,
  keepalive: 100,
  limits: undefined,
}
