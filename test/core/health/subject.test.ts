import { expect, test } from 'vitest'
import { parseSubject, printSubject } from '../../../src/core/health/subject.ts'

test.each([
  ['example.com/web-up@192.0.2.10:80', 'example.com', 'web-up', '192.0.2.10', 80],
  ['*/shared@192.0.2.10:443', undefined, 'shared', '192.0.2.10', 443],
  ['example.com/web-up@[2001:db8::1]:80', 'example.com', 'web-up', '2001:db8::1', 80],
  ['0/26.2.0.192.in-addr.arpa/web-up@192.0.2.10:80', '0/26.2.0.192.in-addr.arpa', 'web-up', '192.0.2.10', 80],
])('%s is printed from its parts, and gives them back', (text, zone, check, address, port) => {
  const subject = { zone, check, endpoint: { address, port } }
  expect(printSubject(subject)).toBe(text)
  expect(parseSubject(text)).toEqual(subject)
})

test.each([
  '',
  'web-up@192.0.2.10:80',
  'example.com/web-up',
  'example.com/web-up@host:80',
  'example.com/@192.0.2.1:80',
])('"%s" is no subject', (text) => expect(parseSubject(text)).toBeUndefined())
