// L64: a locator of 64 bits of a host in ILNP (RFC 6742 §2.3).

import { u16 } from '../field.ts'
import { locator64 } from '../field/identifier.ts'
import { defineType } from '../rdata.ts'

export const L64 = defineType('L64', 106, {
  preference: u16(),
  locator: locator64(),
})
