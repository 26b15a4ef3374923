// DHCID: whose lease the name is (RFC 4701).

import { base64Rest } from '../field/encoded.ts'
import { defineType } from '../rdata.ts'

export const DHCID = defineType('DHCID', 49, {
  identifier: base64Rest(),
})
