// Ports for whoever has to know one before it listens, or listens on it again after a while. They are from below the range that the
// system gives to whoever asks for any, and to every connection: a port that it gave and that was let go is somebody's soon.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

const LOWEST = 12_000
/** Where the system begins unless it says otherwise. */
const USUAL_END = 32_768
const TRIES = 100

/** By this process: no port is given twice. */
const given = new Set<number>()

/** A port that nobody listens on, over TCP or UDP, on 127.0.0.1. Nothing but its being unusual keeps it free. */
export async function freePort(): Promise<number> {
  const end = endOfOurs()
  for (let tries = 0; tries < TRIES; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (end - LOWEST))
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
  throw new Error(`none of ${TRIES} ports from ${LOWEST} to ${end} is free`)
}

function endOfOurs(): number {
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0])
    return first > LOWEST + TRIES ? first : USUAL_END
  } catch {
    return USUAL_END
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const socket = createSocket('udp4')
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    await Promise.all([closed(server), closed(socket)])
  }
}

/** Neither of them closes with an event if it never opened. */
async function closed(one: { close(done: () => void): unknown }): Promise<void> {
  await new Promise<void>((resolve) => {
    try {
      one.close(resolve)
    } catch {
      resolve()
    }
  })
}
