// DNAME: everything beneath the name is beneath the target instead (RFC 6672).

import { name } from '../field.ts'
import { defineType } from '../rdata.ts'

export const DNAME = defineType('DNAME', 39, {
  target: name(),
})
