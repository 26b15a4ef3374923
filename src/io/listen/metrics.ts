// What the transports counted, as metric families: their blocks summed per kind. (What was answered, by type and code, is
// in io/telemetry/counters.ts.)

import type { Family, Sample } from '../telemetry/metrics.ts'
import { bindCounters, Count, type CountName, countNames } from './counters.ts'

export interface TransportBlock {
  readonly kind: 'udp' | 'tcp'
  readonly transport: SharedArrayBuffer
}

interface Named {
  readonly name: string
  readonly help: string
  readonly type?: 'gauge'
  /** Connections are what streams have; `batches` are what packets come in. */
  readonly only?: TransportBlock['kind']
}

const metricOf: Readonly<Record<CountName, Named>> = {
  received: { name: 'meridian_packets_received_total', help: 'Requests that arrived whole.' },
  answered: { name: 'meridian_responses_total', help: 'Responses that the kernel took.' },
  silent: { name: 'meridian_requests_silent_total', help: 'Requests met with silence.' },
  failed: { name: 'meridian_requests_failed_total', help: 'Requests that met a fault of the server itself.' },
  malformed: {
    name: 'meridian_packets_malformed_total',
    help: 'Packets too long, from port 0 or of an unknown family; stream messages too short to be DNS.',
  },
  unsent: { name: 'meridian_responses_unsent_total', help: 'Responses that the kernel would not take.' },
  bytesIn: { name: 'meridian_received_bytes_total', help: 'Bytes of requests, without any headers below DNS.' },
  bytesOut: { name: 'meridian_sent_bytes_total', help: 'Bytes of responses, without any headers below DNS.' },
  batches: {
    name: 'meridian_packet_batches_total',
    help: 'Receive calls that brought packets: packets divided by these is the size of a batch.',
    only: 'udp',
  },
  receiveErrors: {
    name: 'meridian_receive_errors_total',
    help: 'Failures to receive a packet or accept a connection.',
  },
  accepted: { name: 'meridian_tcp_accepted_total', help: 'Connections accepted.', only: 'tcp' },
  refused: { name: 'meridian_tcp_refused_total', help: 'Connections closed at once, by a limit on them.', only: 'tcp' },
  expired: { name: 'meridian_tcp_expired_total', help: 'Connections closed for want of progress.', only: 'tcp' },
  shed: {
    name: 'meridian_packets_shed_total',
    help: 'Packets thrown away unanswered, because they had waited for too long.',
    only: 'udp',
  },
  open: { name: 'meridian_tcp_connections', help: 'Connections open now.', only: 'tcp', type: 'gauge' },
}

export function transportFamilies(blocks: readonly TransportBlock[]): Family[] {
  const sums = new Map<TransportBlock['kind'], Float64Array>()
  for (const { kind, transport } of blocks) {
    const counters = bindCounters(transport)
    const sum = sums.get(kind)
    // A copy: the worker goes on counting while its block is read.
    if (sum === undefined) sums.set(kind, counters.slice())
    else for (let i = 0; i < sum.length; i++) sum[i]! += counters[i]!
  }
  return countNames.map((count): Family => {
    const { name, help, type = 'counter', only } = metricOf[count]
    const kinds = [...sums].filter(([kind]) => only === undefined || only === kind)
    const samples = kinds.map(
      ([kind, sum]): Sample => ({
        ...(only === undefined && { labels: { transport: kind } }),
        value: sum[Count[count]]!,
      }),
    )
    return { type, name, help, samples }
  })
}
