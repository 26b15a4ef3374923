// OPENPGPKEY: the key of the mailbox whose hash the name is (RFC 7929).

import { base64Rest } from '../field/encoded.ts'
import { defineType } from '../rdata.ts'

export const OPENPGPKEY = defineType('OPENPGPKEY', 61, {
  key: base64Rest(),
})
