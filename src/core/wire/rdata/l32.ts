// L32: a locator of 32 bits of a host in ILNP, written as an IPv4 address is (RFC 6742 §2.2).

import { ipv4, u16 } from '../field.ts'
import { defineType } from '../rdata.ts'

export const L32 = defineType('L32', 105, {
  preference: u16(),
  locator: ipv4(),
})
