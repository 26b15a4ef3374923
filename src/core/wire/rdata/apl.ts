// APL: lists of address prefixes (RFC 3123).

import { addressItems, familyBytes } from '../field/address-list.ts'
import { defineType } from '../rdata.ts'

export const APL = defineType('APL', 42, { items: addressItems() }, ({ items }) => {
  const other = items.find(({ family }) => familyBytes(family) === 0)
  return other && { at: 'items', expected: 'address family 1 or 2', found: String(other.family) }
})
