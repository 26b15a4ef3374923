// ALIAS: the name has the addresses of another one, which somebody resolves beforehand. No RFC has it; the number is of the range
// for private use (RFC 6895 §3.1), the one that PowerDNS took, so that master files go from one server to the other.

import { name } from '../field.ts'
import { defineType } from '../rdata.ts'

export const ALIAS = defineType('ALIAS', 65_401, { target: name() }, ({ target }) => {
  if (target.length === 1) return { at: 'target', expected: 'the name of a host', found: '"."' }
  const address = leadingAddress(target)
  if (address === undefined) return undefined
  return { at: 'target', expected: 'a domain name', found: `the address ${address}, which an A record would hold` }
})

/** `192.0.2.1.example.com.`: an address was written where a name is wanted, and was completed as a relative name. */
function leadingAddress(name: Uint8Array): string | undefined {
  const numbers: string[] = []
  for (let at = 0; numbers.length < 4; at += 1 + name[at]!) {
    const label = String.fromCharCode(...name.subarray(at + 1, at + 1 + name[at]!))
    if (!/^\d{1,3}$/.test(label) || Number(label) > 255) return undefined
    numbers.push(label)
  }
  return numbers.join('.')
}
