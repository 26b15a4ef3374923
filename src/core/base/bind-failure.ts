// What the system says when it does not let us listen, as a Failure that tells the operator which of the usual reasons it is.

import { type Endpoint, printEndpoint } from './address.ts'
import { Failure } from './failure.ts'

/** As Node and the manual pages call it: `EADDRINUSE`; and words for a code that is none of the usual ones. */
export interface BindError {
  readonly code?: string | undefined
  readonly message: string
}

/** `purpose`: what would have been served there, where it is not DNS. */
export function bindFailure(endpoint: Endpoint, error: BindError, purpose?: string): Failure {
  const where = purpose === undefined ? printEndpoint(endpoint) : `${printEndpoint(endpoint)} (${purpose})`
  switch (error.code) {
    case 'EADDRINUSE':
      return new Failure('listen-in-use', `${where} is already served by another process`, error)
    case 'EACCES':
    case 'EPERM': {
      const remedy = endpoint.port < 1024 ? ': on Linux, ports below 1024 need CAP_NET_BIND_SERVICE' : ''
      return new Failure('listen-denied', `not allowed to listen on ${where}${remedy}`, error)
    }
    case 'EADDRNOTAVAIL':
      return unusable(where, `no interface has the address ${endpoint.address}`, error)
    case 'EAFNOSUPPORT':
      return unusable(where, `this machine has no ${endpoint.address.includes(':') ? 'IPv6' : 'IPv4'}`, error)
    default:
      return unusable(where, error.message, error)
  }
}

function unusable(where: string, because: string, error: BindError): Failure {
  return new Failure('listen-bad-address', `cannot listen on ${where}: ${because}`, error)
}
