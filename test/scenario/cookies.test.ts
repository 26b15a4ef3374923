// DNS cookies of two nodes behind one address (RFC 9018 §2, §5): each believes what the other made, also while the secret changes
// from one to the next, node by node, so that no client is ever refused.

import { expect, test } from 'vitest'
import { parseHex } from '../../src/core/wire/text.ts'
import { optionsOf } from '../support/options.ts'
import { opt, option, packet } from '../support/packet.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { openDnsClient } from '../support/dns-client.ts'
import { openFolder } from '../support/folder.ts'
import { type Running, startMeridian } from '../support/meridian.ts'
import { until } from '../support/until.ts'

const [old, next] = ['0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210']

/** The steps of a change of secrets. Any two neighbours may be in force at the two nodes. */
const steps = [
  { secret: old },
  { secret: old, previous: [next] },
  { secret: next, previous: [old] },
  { secret: next },
] as const

const settings = (cookies: object): object => ({
  listen: ['127.0.0.1:0'],
  admin: { listen: '127.0.0.1:0' },
  workers: 1,
  zones: '../zones',
  geo: { databases: ['../places.mmdb'] },
  cookies: { mode: 'require', ...cookies },
})

const client = [1, 2, 3, 4, 5, 6, 7, 8]
const BADCOOKIE = 23

async function ask(node: Running, cookie: readonly number[]): Promise<{ rcode: number; cookie: number[] }> {
  await using asking = await openDnsClient(node.dns)
  const reply = await asking.ask(packet({ additionals: [opt({ options: [option(10, cookie)] })] }))
  const bytes: number[] = []
  parseHex(optionsOf(reply!.bytes)[0]!.split(' ')[1]!, bytes)
  // The upper bits of the code stand in the OPT record, which is the last one here: 11 bytes and the options before the end.
  const optAt = reply!.bytes.length - 11 - 4 - bytes.length
  return { rcode: (reply!.bytes[optAt + 5]! << 4) | (reply!.bytes[3]! & 15), cookie: bytes }
}

async function reload(node: Running): Promise<void> {
  const { done } = (await node.status()).reloads
  node.signal('SIGHUP')
  await until('the reload', 10_000, async () => (await node.status()).reloads.done > done)
}

test('two nodes with one secret believe each other, and while it changes nobody is refused', async () => {
  using folder = openFolder({
    'a/meridian.yaml': settings(steps[0]),
    'b/meridian.yaml': settings(steps[0]),
    // A small one, which is quickly read.
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.com.zone': '$TTL 60\n@ SOA ns h 1 1h 15m 2w 30\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.2\n',
  })
  const start = (name: string): Promise<Running> => startMeridian('serve', `${folder.path}/${name}/meridian.yaml`)
  await using a = await start('a')
  await using b = await start('b')

  const first = await ask(a, client)
  expect(first.rcode).toBe(BADCOOKIE)
  let held = first.cookie
  const believed = async (): Promise<void> => {
    for (const node of [b, a, b]) {
      const reply = await ask(node, held)
      expect(reply.rcode).toBe(0)
      held = reply.cookie
    }
  }
  await believed()
  const before = held
  for (const step of steps.slice(1)) {
    folder.replace('a/meridian.yaml', settings(step))
    await reload(a)
    await believed()
    folder.replace('b/meridian.yaml', settings(step))
    await reload(b)
    await believed()
  }
  // The old secret is gone, and what was made with it is refused.
  expect((await ask(a, before)).rcode).toBe(BADCOOKIE)
  expect((await ask(b, before)).rcode).toBe(BADCOOKIE)
})
