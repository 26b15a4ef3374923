// The memory that recvmmsg and sendmmsg work on: slots for 64 packets, their addresses and headers. Hot: pointers are
// written once, at the start; per packet only lengths change, nothing is allocated and nothing throws.
//
//   headers (private: holds pointers)   recv mmsghdr ×64 │ send mmsghdr ×64 │ recv iovec ×64 │ send iovec ×64
//   packets, answers, sources           one buffer each: what an answer may touch holds no pointer, so that even a bug
//   controls                            there writes past no buffer's end and bends no address
//
// The k-th answer of a batch is sent by send header k, which borrows the source and control of the packet it answers.

import type { Libc } from './libc.ts'
import {
  AF_INET,
  AF_INET6,
  cmsg,
  iovec,
  IP_PKTINFO,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_PKTINFO,
  mmsghdr,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_TRUNC,
  sockaddr,
} from './layout.ts'

/** Packets per call: 64 is where the cost of the call itself is lost in that of the packets. */
export const BATCH = 64

/**
 * A query is far smaller; a longer packet arrives cut, is flagged so and dropped. A cache line more than a page: a page apart, all
 * packets of a batch would fall into the same few lines of the processor's first cache.
 */
export const PACKET_ROOM = 4096 + 64

export interface Arena {
  /** Packet i stands at i × PACKET_ROOM. */
  readonly packets: Uint8Array
  /** Answer k stands at k × answerRoom. */
  readonly answers: Uint8Array
  readonly answerRoom: number
  /** Peer's sockaddr of packet i, at i × sockaddr.room. */
  readonly sources: Uint8Array
  readonly controls: Uint8Array
  /** Held so that the memory lives as long as the arena; in 32-bit words, signed, because those are small integers to V8 whatever they hold, and never boxed. */
  readonly headers: Int32Array
  readonly controlWords: Int32Array
  readonly sourceWords: Uint16Array
  readonly receiveAt: bigint
  /** Address of send header k: an answer that cannot be sent is stepped over by starting behind it. */
  readonly sendAt: readonly bigint[]
}

const RECEIVE_WORD = 0
const SEND_WORD = (BATCH * mmsghdr.size) / 4
const RECEIVE_IOV = 2 * BATCH * mmsghdr.size
const SEND_IOV = RECEIVE_IOV + BATCH * iovec.size
const HEADERS = SEND_IOV + BATCH * iovec.size
const HEADER_WORDS = mmsghdr.size / 4
const NAME_LENGTH = mmsghdr.nameLength / 4
const CONTROL = mmsghdr.control / 4
const CONTROL_LENGTH = mmsghdr.controlLength / 4
const FLAGS = mmsghdr.flags / 4
const LENGTH = mmsghdr.length / 4
const SEND_LENGTH_WORD = (SEND_IOV + iovec.length) / 4
const IOV_WORDS = iovec.size / 4

/** `answerRoom`: the longest answer, in bytes. */
export function createArena(libc: Libc, answerRoom: number): Arena {
  const headers = new ArrayBuffer(HEADERS)
  const packets = new ArrayBuffer(BATCH * PACKET_ROOM)
  const answers = new ArrayBuffer(BATCH * answerRoom)
  const sources = new ArrayBuffer(BATCH * sockaddr.room)
  const controls = new ArrayBuffer(BATCH * cmsg.room)
  const view = new DataView(headers)
  const put = (at: number, value: bigint): void => view.setBigUint64(at, value, true)
  const start = libc.address(headers)
  for (let i = 0; i < BATCH; i++) {
    const source = libc.address(sources) + BigInt(i * sockaddr.room)
    const control = libc.address(controls) + BigInt(i * cmsg.room)
    for (const [header, iov, base, room] of [
      [i * mmsghdr.size, RECEIVE_IOV + i * iovec.size, libc.address(packets) + BigInt(i * PACKET_ROOM), PACKET_ROOM],
      [(BATCH + i) * mmsghdr.size, SEND_IOV + i * iovec.size, libc.address(answers) + BigInt(i * answerRoom), 0],
    ] as const) {
      put(iov + iovec.base, base)
      put(iov + iovec.length, BigInt(room))
      put(header + mmsghdr.name, source)
      put(header + mmsghdr.iov, start + BigInt(iov))
      put(header + mmsghdr.iovCount, 1n)
      put(header + mmsghdr.control, control)
    }
  }
  const arena: Arena = {
    packets: new Uint8Array(packets),
    answers: new Uint8Array(answers),
    answerRoom,
    sources: new Uint8Array(sources),
    controls: new Uint8Array(controls),
    headers: new Int32Array(headers),
    controlWords: new Int32Array(controls),
    sourceWords: new Uint16Array(sources),
    receiveAt: start,
    sendAt: Array.from({ length: BATCH }, (_, k) => start + BigInt((BATCH + k) * mmsghdr.size)),
  }
  for (let i = 0; i < BATCH; i++) resetPacket(arena, i)
  return arena
}

/** Fills the first slots with what waits on the socket. Returns how many, 0 when nothing does, −1 for an error. */
export function receiveBatch(libc: Libc, arena: Arena, fd: number): number {
  return libc.recvmmsg(fd, arena.receiveAt, BATCH, MSG_DONTWAIT, null)
}

/** Sends prepared answers from `from` up to `end`. Returns how many went, −1 when the first of them could not. */
export function sendBatch(libc: Libc, arena: Arena, fd: number, from: number, end: number): number {
  return libc.sendmmsg(fd, arena.sendAt[from]!, end - from, MSG_DONTWAIT | MSG_NOSIGNAL)
}

/** Length of packet i, or −1 when it was longer than its room. */
export function packetLength(arena: Arena, i: number): number {
  const header = RECEIVE_WORD + i * HEADER_WORDS
  return arena.headers[header + FLAGS]! & MSG_TRUNC ? -1 : arena.headers[header + LENGTH]!
}

/** AF_INET, AF_INET6, or 0 when the kernel gave no address. */
export function packetFamily(arena: Arena, i: number): number {
  return arena.headers[RECEIVE_WORD + i * HEADER_WORDS + NAME_LENGTH] === 0
    ? 0
    : arena.sourceWords[(i * sockaddr.room + sockaddr.family) / 2]!
}

/** Port 0 answers nobody; only a forger sends from it. */
export function isFromPortZero(arena: Arena, i: number): boolean {
  return arena.sourceWords[(i * sockaddr.room + sockaddr.port) / 2] === 0
}

/** Readies answer k to go to the sender of packet i, from the address that i was sent to. */
export function prepareAnswer(arena: Arena, k: number, i: number, length: number): void {
  const { headers } = arena
  const from = RECEIVE_WORD + i * HEADER_WORDS
  const to = SEND_WORD + k * HEADER_WORDS
  headers[SEND_LENGTH_WORD + k * IOV_WORDS] = length
  headers[to] = headers[from]!
  headers[to + 1] = headers[from + 1]!
  headers[to + NAME_LENGTH] = headers[from + NAME_LENGTH]!
  headers[to + CONTROL] = headers[from + CONTROL]!
  headers[to + CONTROL + 1] = headers[from + CONTROL + 1]!
  headers[to + CONTROL_LENGTH] = answerControl(arena, i, headers[from + CONTROL_LENGTH]!)
}

/** Whether answer k names the address it is to be sent from, which it does on sockets bound to a wildcard. */
export function hasAnswerSource(arena: Arena, k: number): boolean {
  return arena.headers[SEND_WORD + k * HEADER_WORDS + CONTROL_LENGTH] !== 0
}

/** Turns what the kernel said about the packet's destination into the answer's source; 0 where it said nothing. */
function answerControl(arena: Arena, i: number, length: number): number {
  if (length < cmsg.data) return 0
  const at = (i * cmsg.room) / 4
  const words = arena.controlWords
  const level = words[at + cmsg.level / 4]
  const type = words[at + cmsg.type / 4]
  // The interface is left open, so that the answer follows the routing table and not the way the question came.
  if (level === IPPROTO_IP && type === IP_PKTINFO && words[at] === cmsg.v4.size) {
    words[at + cmsg.v4.interface / 4] = 0
    return cmsg.v4.space
  }
  if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO && words[at] === cmsg.v6.size) {
    words[at + cmsg.v6.interface / 4] = 0
    return cmsg.v6.space
  }
  return 0
}

/** Makes slot i ready to receive again: the kernel overwrote the lengths with what it used. After `prepareAnswer`. */
export function resetPacket(arena: Arena, i: number): void {
  const header = RECEIVE_WORD + i * HEADER_WORDS
  arena.headers[header + NAME_LENGTH] = sockaddr.room
  arena.headers[header + CONTROL_LENGTH] = cmsg.room
  arena.headers[header + FLAGS] = 0
}

/** Addresses answer k to a peer chosen by the caller, or to the connected one when there is none; for arenas of clients. */
export function prepareSend(arena: Arena, k: number, length: number, peer?: Uint8Array): void {
  const header = SEND_WORD + k * HEADER_WORDS
  if (peer) arena.sources.set(peer, k * sockaddr.room)
  arena.headers[SEND_LENGTH_WORD + k * IOV_WORDS] = length
  arena.headers[header + NAME_LENGTH] = peer ? peer.length : 0
  arena.headers[header + CONTROL_LENGTH] = 0
}

/** A sockaddr's bytes for an IP address and port. */
export function writeSockaddr(address: Uint8Array, port: number): Uint8Array {
  const is4 = address.length === 4
  const bytes = new Uint8Array(is4 ? sockaddr.v4.size : sockaddr.v6.size)
  bytes[sockaddr.family] = is4 ? AF_INET : AF_INET6
  bytes[sockaddr.port] = port >> 8
  bytes[sockaddr.port + 1] = port & 255
  bytes.set(address, is4 ? sockaddr.v4.address : sockaddr.v6.address)
  return bytes
}
