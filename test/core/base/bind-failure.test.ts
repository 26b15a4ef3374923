// Each reason for which nobody can listen, in the words and with the code that operators look up.

import { expect, test } from 'vitest'
import { bindFailure } from '../../../src/core/base/bind-failure.ts'

const v4 = { address: '192.0.2.1', port: 5300 }
const v6 = { address: '2001:db8::1', port: 53 }

test.each([
  [v4, 'EADDRINUSE', 'listen-in-use', '192.0.2.1:5300 is already served by another process'],
  [v4, 'EACCES', 'listen-denied', 'not allowed to listen on 192.0.2.1:5300'],
  [
    v6,
    'EPERM',
    'listen-denied',
    'not allowed to listen on [2001:db8::1]:53: on Linux, ports below 1024 need CAP_NET_BIND_SERVICE',
  ],
  [
    v4,
    'EADDRNOTAVAIL',
    'listen-bad-address',
    'cannot listen on 192.0.2.1:5300: no interface has the address 192.0.2.1',
  ],
  [v6, 'EAFNOSUPPORT', 'listen-bad-address', 'cannot listen on [2001:db8::1]:53: this machine has no IPv6'],
  [v4, 'EAFNOSUPPORT', 'listen-bad-address', 'cannot listen on 192.0.2.1:5300: this machine has no IPv4'],
  [v4, 'EMFILE', 'listen-bad-address', 'cannot listen on 192.0.2.1:5300: too many open files'],
])('on $address, %s', (endpoint, code, failure, message) => {
  const error = { code, message: 'too many open files' }
  expect(bindFailure(endpoint, error)).toMatchObject({ name: 'Failure', code: failure, message, cause: error })
})

test('what was to be served is said where it is not DNS', () => {
  const { message } = bindFailure(v4, { code: 'EADDRINUSE', message: '' }, 'admin HTTP')
  expect(message).toBe('192.0.2.1:5300 (admin HTTP) is already served by another process')
})
