// IPSECKEY: a public key for IPsec and the gateway to use (RFC 4025).

import { u8 } from '../field.ts'
import { optionalBase64Rest } from '../field/encoded.ts'
import { gateway } from '../field/gateway.ts'
import { defineType } from '../rdata.ts'

export const IPSECKEY = defineType('IPSECKEY', 45, {
  precedence: u8(),
  gateway: gateway(),
  key: optionalBase64Rest(),
})
