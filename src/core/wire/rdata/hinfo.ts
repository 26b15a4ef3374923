// HINFO: machine and system (RFC 1035 §3.3.2); today it is the short answer to ANY (RFC 8482 §4.2).

import { charString } from '../field/string.ts'
import { defineType } from '../rdata.ts'

export const HINFO = defineType('HINFO', 13, {
  cpu: charString(),
  os: charString(),
})
