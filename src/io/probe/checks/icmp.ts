// icmp: the target answers an echo request (RFC 792, RFC 4443 §4.1). That a machine answers says little of what runs on it: for
// what speaks no protocol that another check knows. Linux lets ordinary users do this where net.ipv4.ping_group_range has their
// group (also for IPv6); elsewhere it cannot be found out, which is no failure of the target.

import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { z } from 'zod'
import type { Endpoint } from '../../../core/base/address.ts'
import { Failure } from '../../../core/base/failure.ts'
import { openPingSocket } from '../../native/ping.ts'
import { defineCheck, notProbed, type Seen } from '../check.ts'
import { openWatch } from './watch.ts'

export interface IcmpSettings {
  readonly size: number
}

export const icmp = defineCheck<IcmpSettings>({
  name: 'icmp',
  config: z.strictObject({
    size: z.int().min(16).max(1400).default(56).meta({ description: 'bytes of data in the request' }),
  }),
  defaultPort: () => 0,

  async run({ size }, target, signal, kit) {
    let fd: number
    try {
      fd = openPingSocket(kit.libc(), target.address.includes(':') ? 6 : 4)
    } catch (error) {
      if (error instanceof Failure) return notProbed(error.message)
      throw error
    }
    return echo(fd, size, target, signal)
  },
})

function echo(fd: number, size: number, target: Endpoint, signal: AbortSignal): Promise<Seen> {
  return new Promise((resolve) => {
    const is6 = target.address.includes(':')
    const socket = createSocket(is6 ? 'udp6' : 'udp4')
    const watch = openWatch(signal, () => socket.close(), resolve)
    const data = randomBytes(size)
    // Type, code, and what the kernel fills in: checksum and identifier. The sequence number is that of our only request.
    const request = Buffer.concat([Buffer.from([is6 ? 128 : 8, 0, 0, 0, 0, 0, 0, 1]), data])
    socket.on('error', watch.fail)
    socket.on('message', (message) => {
      // The kernel hands over answers to our identifier only; the data tells a late or forged one.
      if (message[0] !== (is6 ? 129 : 0) || !message.subarray(8).equals(data)) return
      watch.answered('nothing')
      watch.end(true, 'it answers')
    })
    socket.on('connect', () => socket.send(request))
    // A ping socket is a datagram socket to libuv. There are no ports, but the interface wants one.
    socket.bind({ fd }, () => {
      watch.asked('the answer')
      socket.connect(1, target.address)
    })
  })
}
