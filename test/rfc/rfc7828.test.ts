// The TCP keepalive option: how long an idle connection is kept (RFC 7828).

import { expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import type { Transport } from '../../src/core/answer/counters.ts'
import { readBoth } from '../support/oracle.ts'
import { optionsOf } from '../support/options.ts'
import { opt, option, packet } from '../support/packet.ts'
import { askBytes, makeWorld } from '../support/snapshot.ts'

const world = makeWorld({ zones: { 'example.com': 'www A 192.0.2.1' }, options: { keepalive: 100 } })

function send(sent: readonly number[][], transport: Transport) {
  return askBytes(openContext(world.bound, transport), packet({ additionals: [opt({ options: sent })] }))!
}

test('over TCP it is told to who asks, in tenths of a second (§3.3.2)', () => {
  expect(optionsOf(send([option(11, [])], 'tcp'))).toEqual(['KEEPALIVE 0064'])
  expect(optionsOf(send([], 'tcp'))).toEqual([])
})

test('over UDP it means nothing (§3.2.1)', () => {
  expect(optionsOf(send([option(11, [])], 'udp'))).toEqual([])
})

test.each([[0, 50], [1], [1, 2, 3]])(
  'a client that sends a time of its own is answered all the same: %j',
  (...data) => {
    const response = send([option(11, data)], 'tcp')
    expect(readBoth(response).rcode).toBe('NOERROR')
    expect(optionsOf(response)).toEqual(['KEEPALIVE 0064'])
  },
)
