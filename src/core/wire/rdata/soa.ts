// SOA: the start of a zone (RFC 1035 §3.3.13). `minimum` is today the TTL of negative answers (RFC 2308 §4).

import { name, seconds, u32 } from '../field.ts'
import { defineType } from '../rdata.ts'

export const SOA = defineType('SOA', 6, {
  mname: name(),
  rname: name(),
  serial: u32(),
  refresh: seconds(),
  retry: seconds(),
  expire: seconds(),
  minimum: seconds(),
})
