// What Node says when it cannot listen, as a Failure that tells the operator which of the usual reasons it is.

import { type Endpoint, printEndpoint } from '../../core/base/address.ts'
import { Failure } from '../../core/base/failure.ts'

export function bindFailure(endpoint: Endpoint, error: NodeJS.ErrnoException): Failure {
  const where = printEndpoint(endpoint)
  switch (error.code) {
    case 'EADDRINUSE':
      return new Failure('listen-in-use', `${where} is already served by another process`, error)
    case 'EACCES':
    case 'EPERM':
      return new Failure('listen-denied', `not allowed to listen on ${where}`, error)
    case 'EADDRNOTAVAIL':
      return new Failure('listen-bad-address', `cannot listen on ${where}: no interface has that address`, error)
    default:
      return new Failure('listen-bad-address', `cannot listen on ${where} (${error.code ?? error.message})`, error)
  }
}
