// PTR: a pointer to another name, mostly from an address's reverse name (RFC 1035 §3.3.12).

import { name } from '../field.ts'
import { defineType } from '../rdata.ts'

export const PTR = defineType('PTR', 12, {
  target: name(),
})
