// LP: the name where the locators of a network in ILNP stand (RFC 6742 §2.4).

import { name, u16 } from '../field.ts'
import { defineType } from '../rdata.ts'

export const LP = defineType('LP', 107, {
  preference: u16(),
  name: name(),
})
