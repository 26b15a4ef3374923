// LOC: where on Earth (RFC 1876).

import { location } from '../field/location.ts'
import { defineType } from '../rdata.ts'

export const LOC = defineType('LOC', 29, {
  location: location(),
})
