// UDP sockets opened through libc, so that their descriptors can be handed to worker threads and outlive them. SO_REUSEPORT
// lets every worker have its own; `checkFree` first asks whether somebody else serves the port already, because with that
// option a second server would otherwise share it in silence.

import { getSystemErrorName } from 'node:util'
import { type Endpoint, parseAddress, printEndpoint } from '../../core/base/address.ts'
import { bindFailure } from '../../core/base/bind-failure.ts'
import { Failure } from '../../core/base/failure.ts'
import { writeSockaddr } from './arena.ts'
import type { Libc } from './libc.ts'
import * as c from './layout.ts'

export interface UdpSocketOptions {
  /** Share the port with our other workers' sockets. */
  readonly reusePort: boolean
  /** Asked of the kernel, which holds it below net.core.rmem_max unless we may exceed that; its default loses bursts. */
  readonly receiveBufferBytes: number
  /** An IPv6 socket takes IPv6 only (the default), so that [::] and 0.0.0.0 can stand side by side. */
  readonly v6only?: boolean
}

export interface UdpSocket {
  readonly fd: number
  /** The one bound, also where 0 was asked for. */
  readonly port: number
  /** What the kernel granted: twice what it lets us fill. */
  readonly receiveBufferBytes: number
}

/** Opens and binds a non-blocking socket. Throws a Failure 'listen-…'. Whoever opened it closes it. */
export function openUdpSocket(libc: Libc, endpoint: Endpoint, options: UdpSocketOptions): UdpSocket {
  return openBound(libc, endpoint, (fd, is4, isWildcard) => {
    if (options.reusePort) setInt(libc, fd, c.SOL_SOCKET, c.SO_REUSEPORT, 1)
    if (!is4) setInt(libc, fd, c.IPPROTO_IPV6, c.IPV6_V6ONLY, options.v6only === false ? 0 : 1)
    // FORCE exceeds rmem_max and needs CAP_NET_ADMIN; without it the ordinary option gets what is allowed.
    if (!setInt(libc, fd, c.SOL_SOCKET, c.SO_RCVBUFFORCE, options.receiveBufferBytes)) {
      setInt(libc, fd, c.SOL_SOCKET, c.SO_RCVBUF, options.receiveBufferBytes)
    }
    // OMIT: no don't-fragment bit and no trust in path MTUs, which forged ICMP could shrink. On IPv6 sockets too for
    // IPv4, because a dual one sends both.
    setInt(libc, fd, c.IPPROTO_IP, c.IP_MTU_DISCOVER, c.IP_PMTUDISC_OMIT)
    if (!is4) setInt(libc, fd, c.IPPROTO_IPV6, c.IPV6_MTU_DISCOVER, c.IPV6_PMTUDISC_OMIT)
    if (!isWildcard) return
    if (is4) setInt(libc, fd, c.IPPROTO_IP, c.IP_PKTINFO, 1)
    else setInt(libc, fd, c.IPPROTO_IPV6, c.IPV6_RECVPKTINFO, 1)
  })
}

/** Throws Failure('listen-in-use') when another process, or another part of this one, has the endpoint already. */
export function checkFree(libc: Libc, endpoint: Endpoint, v6only = true): void {
  if (endpoint.port === 0) return
  const { fd } = openBound(libc, endpoint, (opened, is4) => {
    if (!is4) setInt(libc, opened, c.IPPROTO_IPV6, c.IPV6_V6ONLY, v6only ? 1 : 0)
  })
  libc.close(fd)
}

export function closeSocket(libc: Libc, fd: number): void {
  libc.close(fd)
}

/** Makes a client's socket: unbound, connected to the endpoint. */
export function connectUdpSocket(libc: Libc, endpoint: Endpoint, receiveBufferBytes: number): number {
  const { fd, name } = open(libc, endpoint)
  setInt(libc, fd, c.SOL_SOCKET, c.SO_RCVBUF, receiveBufferBytes)
  if (libc.connect(fd, name, name.length) === 0) return fd
  const errno = libc.errno()
  libc.close(fd)
  throw new Failure('listen-bad-address', `cannot send to ${printEndpoint(endpoint)} (errno ${errno})`)
}

/** Sockets whose receive buffers are looked at and changed while they serve: what the calls need, made once. */
export interface ReceiveBuffers {
  readonly sockets: readonly number[]
  /** Bytes in each, from the last `readBuffers`. */
  readonly queued: Int32Array
  readonly meminfo: Uint32Array
  readonly meminfoBytes: Uint8Array
  readonly length: Uint32Array
  readonly lengthBytes: Uint8Array
  readonly size: Int32Array
  readonly sizeBytes: Uint8Array
}

export function openReceiveBuffers(sockets: readonly number[]): ReceiveBuffers {
  const meminfo = new Uint32Array(c.MEMINFO_WORDS)
  const length = new Uint32Array(1)
  const size = new Int32Array(1)
  const bytes = { meminfoBytes: asBytes(meminfo), lengthBytes: asBytes(length), sizeBytes: asBytes(size) }
  return { sockets, queued: new Int32Array(sockets.length), meminfo, length, size, ...bytes }
}

/**
 * Packets dropped by all the sockets since they were opened, as `readKernelDrops` but wrapped to 31 bits. What waits in each of
 * their buffers, as the kernel counts it, is then in `buffers.queued`. Allocates nothing.
 */
export function readBuffers(libc: Libc, buffers: ReceiveBuffers): number {
  const { sockets, queued, meminfo, meminfoBytes, length, lengthBytes } = buffers
  let drops = 0
  for (let i = 0; i < sockets.length; i++) {
    length[0] = meminfo.byteLength
    const status = libc.getsockopt(sockets[i]!, c.SOL_SOCKET, c.SO_MEMINFO, meminfoBytes, lengthBytes)
    queued[i] = status === 0 ? meminfo[c.MEMINFO_QUEUED]! : 0
    if (status === 0) drops = (drops + meminfo[c.MEMINFO_DROPS]!) & 0x7fffffff
  }
  return drops
}

/** Asked of the kernel for each of the sockets; what is queued stays. Allocates nothing. */
export function setReceiveBuffer(libc: Libc, { sockets, size, sizeBytes }: ReceiveBuffers, bytes: number): void {
  size[0] = bytes
  for (let i = 0; i < sockets.length; i++) {
    if (libc.setsockopt(sockets[i]!, c.SOL_SOCKET, c.SO_RCVBUFFORCE, sizeBytes, 4) !== 0)
      libc.setsockopt(sockets[i]!, c.SOL_SOCKET, c.SO_RCVBUF, sizeBytes, 4)
  }
}

/** Packets that the kernel dropped because sockets' receive buffers were full, since they were opened. */
export function readKernelDrops(libc: Libc, fds: readonly number[]): number {
  const words = new Uint32Array(c.MEMINFO_WORDS)
  const length = new Uint32Array(1)
  let drops = 0
  for (const fd of fds) {
    length[0] = words.byteLength
    const status = libc.getsockopt(fd, c.SOL_SOCKET, c.SO_MEMINFO, asBytes(words), asBytes(length))
    if (status === 0) drops += words[c.MEMINFO_DROPS]!
  }
  return drops
}

type Configure = (fd: number, is4: boolean, isWildcard: boolean) => void

function openBound(libc: Libc, endpoint: Endpoint, configure: Configure): UdpSocket {
  const { fd, name, address } = open(libc, endpoint)
  configure(
    fd,
    address.length === 4,
    address.every((byte) => byte === 0),
  )
  if (libc.bind(fd, name, name.length) !== 0) {
    const errno = libc.errno()
    libc.close(fd)
    throw failureOf(endpoint, errno)
  }
  return { fd, port: readPort(libc, fd), receiveBufferBytes: getInt(libc, fd, c.SOL_SOCKET, c.SO_RCVBUF) }
}

function open(libc: Libc, endpoint: Endpoint): { fd: number; name: Uint8Array; address: Uint8Array } {
  const address = parseAddress(endpoint.address)?.bytes
  if (!address) throw new Failure('listen-bad-address', `"${endpoint.address}" is not an IP address`)
  const family = address.length === 4 ? c.AF_INET : c.AF_INET6
  const fd = libc.socket(family, c.SOCK_DGRAM | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, 0)
  if (fd < 0) throw failureOf(endpoint, libc.errno())
  return { fd, name: writeSockaddr(address, endpoint.port), address }
}

/** The numbers are Linux's, as libuv has them. */
function failureOf(endpoint: Endpoint, errno: number): Failure {
  const code = getSystemErrorName(-errno)
  return bindFailure(endpoint, { code, message: `${code} (errno ${errno})` })
}

function readPort(libc: Libc, fd: number): number {
  const name = new Uint8Array(c.sockaddr.room)
  const length = new Uint32Array([name.length])
  if (libc.getsockname(fd, name, asBytes(length)) !== 0) return 0
  return (name[c.sockaddr.port]! << 8) | name[c.sockaddr.port + 1]!
}

function setInt(libc: Libc, fd: number, level: number, option: number, value: number): boolean {
  return libc.setsockopt(fd, level, option, asBytes(new Int32Array([value])), 4) === 0
}

function getInt(libc: Libc, fd: number, level: number, option: number): number {
  const value = new Int32Array(1)
  libc.getsockopt(fd, level, option, asBytes(value), asBytes(new Uint32Array([4])))
  return value[0]!
}

function asBytes(words: Int32Array | Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
}
