// NID: the node identifier of a host in ILNP (RFC 6742 §2.1).

import { u16 } from '../field.ts'
import { locator64 } from '../field/identifier.ts'
import { defineType } from '../rdata.ts'

export const NID = defineType('NID', 104, {
  preference: u16(),
  node: locator64(),
})
