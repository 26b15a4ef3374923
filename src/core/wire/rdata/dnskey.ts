// DNSKEY: a public key of the zone (RFC 4034 §2).

import { u16, u8 } from '../field.ts'
import { base64Rest } from '../field/encoded.ts'
import { algorithm } from '../field/mnemonic.ts'
import { defineType, type Objection } from '../rdata.ts'

export const DNSKEY = defineType(
  'DNSKEY',
  48,
  { flags: u16(), protocol: u8(), algorithm: algorithm(), key: base64Rest() },
  checkProtocol,
)

/** Any other makes validators ignore the key (§2.1.2). */
export function checkProtocol({ protocol }: { readonly protocol: number }): Objection | undefined {
  return protocol === 3 ? undefined : { at: 'protocol', expected: '3', found: String(protocol) }
}
