// AAAA: an IPv6 address of the name (RFC 3596 §2).

import { ipv6 } from '../field.ts'
import { defineType } from '../rdata.ts'

export const AAAA = defineType('AAAA', 28, {
  address: ipv6(),
})
