// NSEC: the next name of the zone and the types at this one (RFC 4034 §4).

import { name } from '../field.ts'
import { typeBitmap } from '../field/type-bitmap.ts'
import { defineType } from '../rdata.ts'

export const NSEC = defineType('NSEC', 47, {
  next: name(),
  types: typeBitmap(1),
})
