// NSEC3: NSEC over hashes of names (RFC 5155 §3). A name that only has names beneath it has no types.

import { u16, u8 } from '../field.ts'
import { hashedName, salt } from '../field/encoded.ts'
import { typeBitmap } from '../field/type-bitmap.ts'
import { defineType } from '../rdata.ts'

export const NSEC3 = defineType('NSEC3', 50, {
  hash: u8(),
  flags: u8(),
  iterations: u16(),
  salt: salt(),
  next: hashedName(),
  types: typeBitmap(0),
})
