// A: an IPv4 address of the name (RFC 1035 §3.4.1).

import { ipv4 } from '../field.ts'
import { defineType } from '../rdata.ts'

export const A = defineType('A', 1, {
  address: ipv4(),
})
