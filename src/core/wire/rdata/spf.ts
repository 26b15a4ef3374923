// SPF: the former type of mail policies, which are TXT today (RFC 7208 §3.1).

import { charStrings } from '../field/string.ts'
import { defineType } from '../rdata.ts'

export const SPF = defineType('SPF', 99, {
  strings: charStrings(),
})
