// Where the fields of libc's structs stand and what its constants are called, for Linux on x86-64 and arm64: the one place
// that knows. Both are 64-bit, little-endian and share the kernel's generic numbers, so one set of figures serves both;
// musl pads msghdr to the same offsets as glibc. A wrong figure here corrupts memory: the self-test guards them.

export const AF_INET = 2
export const AF_INET6 = 10
export const SOCK_DGRAM = 2
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000

export const SOL_SOCKET = 1
export const SO_RCVBUF = 8
export const SO_REUSEPORT = 15
export const SO_RCVBUFFORCE = 33
/** Nine 32-bit figures about the socket's memory (Linux 4.12): the first is what waits to be received, the last counts dropped packets. */
export const SO_MEMINFO = 55
export const MEMINFO_WORDS = 9
export const MEMINFO_QUEUED = 0
export const MEMINFO_DROPS = 8

export const IPPROTO_IP = 0
export const IPPROTO_ICMP = 1
export const IP_PKTINFO = 8
export const IP_MTU_DISCOVER = 10
export const IP_PMTUDISC_OMIT = 5
export const IPPROTO_IPV6 = 41
export const IPPROTO_ICMPV6 = 58
export const IPV6_MTU_DISCOVER = 23
export const IPV6_PMTUDISC_OMIT = 5
export const IPV6_V6ONLY = 26
export const IPV6_RECVPKTINFO = 49
export const IPV6_PKTINFO = 50

export const MSG_TRUNC = 0x20
export const MSG_DONTWAIT = 0x40
export const MSG_NOSIGNAL = 0x4000

export const POLLIN = 1
export const POLLOUT = 4
export const EFD_NONBLOCK = 0o4000
export const EFD_CLOEXEC = 0o2000000

export const EPERM = 1
export const EINTR = 4
export const EBADF = 9
export const EAGAIN = 11
export const EACCES = 13
export const ENOTSOCK = 88
export const EPROTONOSUPPORT = 93
export const EAFNOSUPPORT = 97

/** struct mmsghdr: a msghdr and the length of its packet. */
export const mmsghdr = {
  size: 64,
  name: 0,
  nameLength: 8,
  iov: 16,
  iovCount: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  length: 56,
} as const

/** struct iovec: a pointer and a 64-bit length. */
export const iovec = { size: 16, base: 0, length: 8 } as const

/** struct sockaddr_in and sockaddr_in6; the family is in host order, the port in network order. */
export const sockaddr = {
  family: 0,
  port: 2,
  v4: { size: 16, address: 4 },
  v6: { size: 28, address: 8, scope: 24 },
  /** Room for either, a multiple of 8. */
  room: 32,
} as const

/** struct cmsghdr (64-bit length, level, type), then struct in_pktinfo or in6_pktinfo. */
export const cmsg = {
  length: 0,
  level: 8,
  type: 12,
  data: 16,
  /** in_pktinfo: interface, address to answer from, address asked; `size` is cmsg_len, `space` the padded size. */
  v4: { size: 28, space: 32, interface: 16, source: 20 },
  /** in6_pktinfo: address, interface. */
  v6: { size: 36, space: 40, source: 16, interface: 32 },
  room: 64,
} as const

/** struct pollfd: descriptor, events asked for, events seen. */
export const pollfd = { size: 8, fd: 0, events: 4, revents: 6 } as const

/** Threads that share the processors by weight. */
export const SCHED_OTHER = 0

/** struct sched_attr in its first version: size and policy as 32 bits each, 64 of flags, nice, priority, then three times in ns. */
export const schedAttr = { size: 48, policy: 4, runtime: 24 } as const

/** What there is no function for in older C libraries. */
export const systemCall = {
  x64: { schedSetattr: 314, schedGetattr: 315 },
  arm64: { schedSetattr: 274, schedGetattr: 275 },
} as const

/** Whether the figures above hold for a platform, as Node names it. */
export function isKnownLayout(platform: string, arch: string): arch is keyof typeof systemCall {
  return platform === 'linux' && (arch === 'x64' || arch === 'arm64')
}
