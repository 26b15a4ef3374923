// A user's view, from inside the lab: ten times a second it asks each server given for one name, and writes what came as a line.
//
//   node lab-client.ts NAME SERVER …        {"atMs":…,"seen":["10.53.0.13","10.53.0.13",null]}

import { createSocket } from 'node:dgram'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { writeQuery } from '../support/snapshot.ts'

const EVERY_MS = 100
/** A resolver that has lost a server takes a while to find the other. */
const PATIENCE_MS = 2000

const [name = '', ...servers] = process.argv.slice(2)

setInterval(() => {
  const atMs = Date.now()
  void Promise.all(servers.map(look)).then((seen) => process.stdout.write(`${JSON.stringify({ atMs, seen })}\n`))
}, EVERY_MS)

/** The first address; null where nothing came in time. */
function look(address: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const settle = (seen: string | null): void => {
      clearTimeout(limit)
      socket.close()
      resolve(seen)
    }
    const limit = setTimeout(() => settle(null), PATIENCE_MS)
    socket.on('error', () => settle(null))
    socket.on('message', (bytes) => settle(decodeWithDns2(bytes).answer.find(({ type }) => type === 1)?.data ?? null))
    socket.send(writeQuery({ name, flags: 0x0100, edns: true }), 53, address)
  })
}
