// Reading what the workers counted: their shared blocks summed, and as metric families. The layout of a block, and the counting
// itself, stand in core/answer/counters.ts, where the packet loop can reach them.

import {
  bindCounters,
  Count,
  type CountName,
  Limited,
  limitAt,
  limitedNames,
  queryAt,
  RCODE_BADCOOKIE_SLOT,
  RCODE_OTHER_SLOT,
  RCODE_SLOTS,
  type Transport,
  TYPE_CAA_SLOT,
  TYPE_OTHER_SLOT,
  TYPE_SLOTS,
  transportOf,
} from '../../core/answer/counters.ts'
import { Kind, type KindName, kindNames } from '../../core/answer/limits.ts'
import type { Family, Sample } from './metrics.ts'

export interface QueryCount {
  /** `other` stands for all types that have no slot of their own. */
  readonly qtype: number | 'other'
  readonly rcode: number | 'other'
  readonly count: number
}

export interface LimitCount {
  readonly kind: KindName
  readonly outcome: keyof typeof Limited
  readonly count: number
}

export interface TransportTotals {
  readonly transport: Transport
  readonly named: Readonly<Record<CountName, number>>
  /** Those that are not zero, by type, then by code. */
  readonly queries: readonly QueryCount[]
  /** Limited responses, of every kind and outcome. */
  readonly limited: readonly LimitCount[]
}

const countNames = Object.keys(Count) as CountName[]

/** The blocks of all workers, added up per transport; in the order in which a transport first comes up. */
export function sumCounters(blocks: readonly SharedArrayBuffer[]): TransportTotals[] {
  const sums = new Map<Transport, Float64Array>()
  for (const block of blocks) {
    const counters = bindCounters(block)
    const transport = transportOf(counters)
    const sum = sums.get(transport)
    // A copy: the worker goes on counting while its block is read.
    if (sum === undefined) sums.set(transport, counters.slice())
    else for (let i = 1; i < sum.length; i++) sum[i]! += counters[i]!
  }
  return [...sums].map(([transport, sum]) => ({
    transport,
    named: readNamed(sum),
    queries: readQueries(sum),
    limited: readLimited(sum),
  }))
}

function readNamed(sum: Float64Array): Record<CountName, number> {
  return Object.fromEntries(countNames.map((name) => [name, sum[Count[name]]!])) as Record<CountName, number>
}

function readQueries(sum: Float64Array): QueryCount[] {
  const queries: QueryCount[] = []
  for (let type = 0; type < TYPE_SLOTS; type++) {
    for (let rcode = 0; rcode < RCODE_SLOTS; rcode++) {
      const count = sum[queryAt(type, rcode)]!
      if (count !== 0) queries.push({ qtype: slotType(type), rcode: slotRcode(rcode), count })
    }
  }
  return queries
}

function readLimited(sum: Float64Array): LimitCount[] {
  return kindNames.flatMap((kind) =>
    limitedNames.map((outcome) => ({ kind, outcome, count: sum[limitAt(Kind[kind], Limited[outcome])]! })),
  )
}

function slotType(slot: number): number | 'other' {
  if (slot === TYPE_OTHER_SLOT) return 'other'
  return slot === TYPE_CAA_SLOT ? 257 : slot
}

function slotRcode(slot: number): number | 'other' {
  if (slot === RCODE_OTHER_SLOT) return 'other'
  return slot === RCODE_BADCOOKIE_SLOT ? 23 : slot
}

const helpOf: Readonly<Record<CountName, { readonly name: string; readonly help: string }>> = {
  malformed: {
    name: 'meridian_dropped_malformed_total',
    help: 'Requests met with silence because they were no query.',
  },
  refused: { name: 'meridian_dropped_policy_total', help: 'Requests met with silence by a limit of rates.' },
  truncated: { name: 'meridian_truncated_total', help: 'Responses that had to be cut short (TC).' },
  errors: { name: 'meridian_answer_errors_total', help: 'Faults of the server itself, caught while answering.' },
  withSubnet: { name: 'meridian_queries_with_subnet_total', help: 'Queries that brought EDNS Client Subnet.' },
  subnetsRefused: {
    name: 'meridian_subnets_refused_total',
    help: 'Client Subnets of steered answers that did not count, by configuration.',
  },
  steered: { name: 'meridian_steered_total', help: 'Answers chosen by the policy of a service.' },
}

/** `printType` names a type as operators know it: 28 → "AAAA". */
export function counterFamilies(totals: readonly TransportTotals[], printType: (qtype: number) => string): Family[] {
  const queries: Sample[] = totals.flatMap(({ transport, queries }) =>
    queries.map(({ qtype, rcode, count }) => ({
      labels: { transport, qtype: qtype === 'other' ? qtype : printType(qtype), rcode: printRcode(rcode) },
      value: count,
    })),
  )
  return [
    {
      type: 'counter',
      name: 'meridian_queries_total',
      help: 'Queries answered, by transport, type and response code.',
      samples: queries,
    },
    {
      type: 'counter',
      name: 'meridian_rate_limited_total',
      help: 'Responses over UDP that went beyond a limit of rate, by kind and by what became of them.',
      samples: totals.flatMap(({ transport, limited }) =>
        transport === 'udp'
          ? limited.map(({ kind, outcome, count }) => ({ labels: { kind, outcome }, value: count }))
          : [],
      ),
    },
    ...countNames.map((of): Family => {
      const samples = totals.map(({ transport, named }) => ({ labels: { transport }, value: named[of] }))
      return { type: 'counter', ...helpOf[of], samples }
    }),
  ]
}

/** The IANA registry's names (RFC 6895 §2.3); a number without one stays a number. */
function printRcode(rcode: number | 'other'): string {
  const names = [
    'NOERROR',
    'FORMERR',
    'SERVFAIL',
    'NXDOMAIN',
    'NOTIMP',
    'REFUSED',
    'YXDOMAIN',
    'YXRRSET',
    'NXRRSET',
    'NOTAUTH',
    'NOTZONE',
  ]
  if (rcode === 16) return 'BADVERS'
  return rcode === 23 ? 'BADCOOKIE' : rcode === 'other' ? rcode : (names[rcode] ?? String(rcode))
}
