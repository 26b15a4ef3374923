// RP: who is responsible for the name: a mailbox, and where TXT says more; "." for none (RFC 1183 §2.2).

import { name } from '../field.ts'
import { defineType } from '../rdata.ts'

export const RP = defineType('RP', 17, {
  mailbox: name(),
  text: name(),
})
