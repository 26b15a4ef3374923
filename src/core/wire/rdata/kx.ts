// KX: who exchanges keys for the name (RFC 2230).

import { name, u16 } from '../field.ts'
import { defineType } from '../rdata.ts'

export const KX = defineType('KX', 36, {
  preference: u16(),
  exchanger: name(),
})
