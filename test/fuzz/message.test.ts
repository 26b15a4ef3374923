// Damaged requests, as many as a default run can do in seconds (test/long has more).

import { expect, test } from 'vitest'
import { openContext } from '../../src/core/answer/context.ts'
import { makeCorpus, makeFullWorld } from './corpus.ts'
import { checkSize, send, sendDamaged } from './damaged.ts'

const PACKETS = 200_000

test(`${PACKETS} damaged requests over UDP and TCP: no exception, no response too long, all can be read`, () => {
  const { silent, read, codes } = sendDamaged(PACKETS, 20_261_121)
  // The damage has to get everywhere, or the run says little.
  expect(silent).toBeGreaterThan(PACKETS / 20)
  expect(read).toBeGreaterThan(3000)
  for (const code of [0, 1, 3, 4, 5]) expect(codes.get(code)).toBeGreaterThan(PACKETS / 200)
}, 60_000)

test('every request cut short at every byte, and with every byte set to each extreme', () => {
  const { bound } = makeFullWorld()
  const context = openContext(bound, 'udp')
  const out = new Uint8Array(4096)
  let responses = 0
  for (const [i, request] of makeCorpus().entries()) {
    if (i % 4 !== 0) continue
    for (let at = 0; at < request.length; at++) {
      for (const bytes of [request.slice(0, at), ...[0, 0xff, 0xc0].map((value) => request.with(at, value))]) {
        const response = send(context, bytes, at, out)
        if (response.length === 0) continue
        checkSize(context, response)
        responses++
      }
    }
  }
  expect(responses).toBeGreaterThan(8000)
})
