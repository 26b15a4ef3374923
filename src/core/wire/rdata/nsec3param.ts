// NSEC3PARAM: how the names of the zone are hashed (RFC 5155 §4).

import { u16, u8 } from '../field.ts'
import { salt } from '../field/encoded.ts'
import { defineType } from '../rdata.ts'

export const NSEC3PARAM = defineType('NSEC3PARAM', 51, {
  hash: u8(),
  flags: u8(),
  iterations: u16(),
  salt: salt(),
})
