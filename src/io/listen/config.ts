// Settings of meridian.yaml for TCP: what a client may hold, and for how long (RFC 7766 §6.2, RFC 9210 §4).

import { z } from 'zod'
import { duration } from '../../core/base/schema.ts'

export const tcpConfig = z.strictObject({
  idle: duration({ atLeastMs: 500, atMostMs: 600_000 })
    .prefault('10s')
    .describe('how long a connection may go without a whole request arriving or an answer being fetched'),
  total: duration({ atLeastMs: 1000, atMostMs: 86_400_000 })
    .prefault('10m')
    .describe('how long a connection may last in all; after that it finishes what it began'),
  connections: z.int().min(1).max(100_000).default(1000).describe('connections open at a time'),
  per_source: z
    .int()
    .min(1)
    .max(100_000)
    .default(50)
    .describe('connections open at a time from one IPv4 address or IPv6 /64'),
})

export type TcpConfig = z.infer<typeof tcpConfig>
