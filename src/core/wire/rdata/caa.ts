// CAA: which authorities may issue certificates for the name (RFC 8659 §4). The value has no length byte: it fills the rdata.

import { u8 } from '../field.ts'
import { restString, tag } from '../field/string.ts'
import { defineType } from '../rdata.ts'

export const CAA = defineType('CAA', 257, {
  flags: u8(),
  tag: tag(),
  value: restString(),
})
