// AFSDB: a server of an AFS cell (RFC 1183 §1).

import { name, u16 } from '../field.ts'
import { defineType } from '../rdata.ts'

export const AFSDB = defineType('AFSDB', 18, {
  subtype: u16(),
  server: name(),
})
