// Damaged requests through the sockets of a node, as many as a default run can do in seconds (test/long has ten times as many).

import { expect, test } from 'vitest'
import { writeQuery } from '../support/snapshot.ts'
import { openDnsClient } from '../support/dns-client.ts'
import { until } from '../support/until.ts'
import { startFullNode } from './full-node.ts'
import { attackTcp, attackUdp, faultsOf, openConnections } from './sockets.ts'

const MESSAGES = 50_000

test.each(['auto', 'portable'] as const)(
  `${MESSAGES} damaged requests over UDP and as many over TCP (transport: %s): no fault, and the node answers on`,
  async (transport) => {
    await using full = await startFullNode(transport)
    const { node } = full
    const udp = await attackUdp(node, MESSAGES, 20_261_121)
    const tcp = await attackTcp(node, MESSAGES, 20_261_121)
    // The damage has to get somewhere, or the run says little.
    expect(udp.answered).toBeGreaterThan(MESSAGES / 2)
    expect(tcp.answered).toBeGreaterThan(MESSAGES / 3)
    expect(await faultsOf(node)).toEqual([])
    await until('no connection is left', 10_000, async () => (await openConnections(node)) === 0)
    await using client = await openDnsClient(node.dns)
    expect((await client.ask(writeQuery({ name: 'www.example.com' })))?.bytes[3]).toBe(0)
  },
  120_000,
)
