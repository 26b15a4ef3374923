// EUI64: a hardware address of 64 bits (RFC 7043 §4).

import { eui64 } from '../field/identifier.ts'
import { defineType } from '../rdata.ts'

export const EUI64 = defineType('EUI64', 109, {
  address: eui64(),
})
