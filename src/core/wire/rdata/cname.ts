// CNAME: the name is an alias, everything about it stands at the target (RFC 1035 §3.3.1).

import { name } from '../field.ts'
import { defineType } from '../rdata.ts'

export const CNAME = defineType('CNAME', 5, {
  target: name(),
})
