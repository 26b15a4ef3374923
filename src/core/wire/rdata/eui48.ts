// EUI48: a hardware address (RFC 7043 §3).

import { eui48 } from '../field/identifier.ts'
import { defineType } from '../rdata.ts'

export const EUI48 = defineType('EUI48', 108, {
  address: eui48(),
})
