// TXT: one or more strings of up to 255 bytes, which readers join (RFC 1035 §3.3.14).

import { charStrings } from '../field/string.ts'
import { defineType } from '../rdata.ts'

export const TXT = defineType('TXT', 16, {
  strings: charStrings(),
})
