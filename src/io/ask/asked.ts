// What a DNS server said, decoded: numbers as on the wire, names and rdata in presentation format.

import type { Endpoint, Prefix } from '../../core/base/address.ts'

export interface Asked {
  readonly id: number
  readonly opcode: number
  /** All 12 bits where the response has EDNS (RFC 6891 §6.1.3). */
  readonly rcode: number
  readonly flags: AskedFlags
  readonly question: readonly AskedQuestion[]
  readonly answer: readonly AskedRecord[]
  readonly authority: readonly AskedRecord[]
  /** Without the OPT record, which is `edns`. */
  readonly additional: readonly AskedRecord[]
  readonly edns?: AskedEdns
  /** What is wrong with a message that could be read all the same. */
  readonly problems: readonly string[]
  /** Bytes of the message. */
  readonly size: number
}

export interface AskedFlags {
  readonly qr: boolean
  readonly aa: boolean
  readonly tc: boolean
  readonly rd: boolean
  readonly ra: boolean
  readonly ad: boolean
  readonly cd: boolean
}

export interface AskedQuestion {
  /** With its final dot, in the case that came. */
  readonly name: string
  readonly type: number
  readonly class: number
}

export interface AskedRecord extends AskedQuestion {
  readonly ttlSec: number
  /** Presentation format; `\# length hex` where the type is unknown or the rdata malformed. */
  readonly data: string
}

export interface AskedEdns {
  readonly udpSize: number
  readonly version: number
  readonly dnssecOk: boolean
  readonly subnet?: AskedSubnet
  readonly extendedErrors: readonly { readonly code: number; readonly text: string }[]
  /** Every option as it came, those above included. */
  readonly options: readonly { readonly code: number; readonly data: Uint8Array }[]
}

/** RFC 7871 §6: the prefix that was asked about, and how many bits of it the answer holds for. */
export interface AskedSubnet {
  readonly prefix: Prefix
  readonly scope: number
}

/** A response together with how it came. */
export interface Answered extends Asked {
  readonly server: Endpoint
  readonly transport: 'udp' | 'tcp'
  readonly tookMs: number
}
