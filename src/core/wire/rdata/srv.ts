// SRV: host and port of a service (RFC 2782). Its target is never compressed: the type is younger than RFC 1035.

import { name, u16 } from '../field.ts'
import { defineType } from '../rdata.ts'

export const SRV = defineType('SRV', 33, {
  priority: u16(),
  weight: u16(),
  port: u16(),
  target: name(),
})
