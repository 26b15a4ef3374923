// NS: a server that is authoritative for the zone (RFC 1035 §3.3.11).

import { name } from '../field.ts'
import { defineType } from '../rdata.ts'

export const NS = defineType('NS', 2, {
  server: name(),
})
