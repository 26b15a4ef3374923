// A user's view, from inside the lab: ten times a second it asks each NAME at its SERVER, and writes what came as a line. With --reach
// it also connects to port 80 of each address that it was given.
//
//   node lab-client.ts [--reach] NAME@SERVER …     {"atMs":…,"seen":["10.53.0.13",null],"tookMs":[0.3,null],"reached":[true,null]}

import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { writeQuery } from '../support/snapshot.ts'

const EVERY_MS = 100
/** A resolver that has lost a server takes a while to find the other. */
const PATIENCE_MS = 2000
/** Whoever is there accepts at once. */
const CONNECT_MS = 300

const words = process.argv.slice(2)
const isReaching = words[0] === '--reach'
const questions = (isReaching ? words.slice(1) : words).map((word) => word.split('@') as [string, string])

setInterval(() => {
  const atMs = Date.now()
  const reaches = new Map<string, Promise<boolean>>()
  const view = async ([name, server]: [string, string]) => {
    const { seen, tookMs } = await look(name, server)
    if (!isReaching || seen === null) return { seen, tookMs, reached: null }
    if (!reaches.has(seen)) reaches.set(seen, reach(seen))
    return { seen, tookMs, reached: await reaches.get(seen)! }
  }
  void Promise.all(questions.map(view)).then((views) => {
    const all = <Field extends 'seen' | 'tookMs' | 'reached'>(field: Field) => views.map((each) => each[field])
    const line = { atMs, seen: all('seen'), tookMs: all('tookMs'), reached: all('reached') }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  })
}, EVERY_MS)

/** The first address; null where nothing came in time. */
function look(name: string, server: string): Promise<{ seen: string | null; tookMs: number | null }> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const sentMs = performance.now()
    const settle = (seen: string | null, tookMs: number | null): void => {
      clearTimeout(limit)
      socket.close()
      resolve({ seen, tookMs })
    }
    const limit = setTimeout(() => settle(null, null), PATIENCE_MS)
    socket.on('error', () => settle(null, null))
    socket.on('message', (bytes) => {
      const tookMs = performance.now() - sentMs
      settle(decodeWithDns2(bytes).answer.find(({ type }) => type === 1)?.data ?? null, tookMs)
    })
    socket.send(writeQuery({ name, flags: 0x0100, edns: true }), 53, server)
  })
}

function reach(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(80, address)
    const settle = (isThere: boolean): void => {
      clearTimeout(limit)
      socket.destroy()
      resolve(isThere)
    }
    const limit = setTimeout(() => settle(false), CONNECT_MS)
    socket.on('connect', () => settle(true)).on('error', () => settle(false))
  })
}
