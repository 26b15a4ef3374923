// The resolvers of a machine.

import { expect, test } from 'vitest'
import { readResolvConf, systemResolvers } from '../../../src/io/upstream/resolv-conf.ts'

test('nameserver lines, in their order', () => {
  const text =
    '# nameserver 192.0.2.9\nsearch example.com\nnameserver 192.0.2.1\nnameserver\t2001:DB8::1 \n; x\nnameserver fe80::1%eth0\nnameserver\n'
  expect(readResolvConf(text)).toEqual([
    { address: '192.0.2.1', port: 53 },
    { address: '2001:db8::1', port: 53 },
  ])
})

test('none where there is no such file', () => expect(systemResolvers('/nonexistent/resolv.conf')).toEqual([]))
