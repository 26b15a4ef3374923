// CSYNC: which records the parent zone should copy from the child (RFC 7477).

import { u16, u32 } from '../field.ts'
import { typeBitmap } from '../field/type-bitmap.ts'
import { defineType } from '../rdata.ts'

export const CSYNC = defineType('CSYNC', 62, {
  serial: u32(),
  flags: u16(),
  types: typeBitmap(0),
})
