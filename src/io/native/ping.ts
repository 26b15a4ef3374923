// Ping sockets: datagrams that are ICMP echo requests, without the rights that a raw socket takes (Linux 3.0, and 3.11 for IPv6).

import { Failure } from '../../core/base/failure.ts'
import * as c from './layout.ts'
import type { Libc } from './libc.ts'

/** A descriptor, non-blocking. Whoever opened it closes it. Throws a Failure 'ping-denied'. */
export function openPingSocket(libc: Libc, family: 4 | 6): number {
  const [domain, protocol] = family === 4 ? [c.AF_INET, c.IPPROTO_ICMP] : [c.AF_INET6, c.IPPROTO_ICMPV6]
  const fd = libc.socket(domain, c.SOCK_DGRAM | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC, protocol)
  if (fd >= 0) return fd
  const errno = libc.errno()
  if (errno === c.EACCES || errno === c.EPERM)
    throw new Failure(
      'ping-denied',
      'this user may not ping: the sysctl net.ipv4.ping_group_range leaves the group out',
    )
  if (errno === c.EAFNOSUPPORT || errno === c.EPROTONOSUPPORT)
    throw new Failure('ping-denied', `this system has no ping sockets for IPv${family}`)
  throw new Failure('ping-denied', `no ping socket for IPv${family} (errno ${errno})`)
}
