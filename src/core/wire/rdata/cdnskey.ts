// CDNSKEY: the key that the child zone wants its parent to make a DS of (RFC 7344); `0 3 0 AA==` asks to have none.

import { u16, u8 } from '../field.ts'
import { base64Rest } from '../field/encoded.ts'
import { algorithm } from '../field/mnemonic.ts'
import { defineType } from '../rdata.ts'
import { checkProtocol } from './dnskey.ts'

export const CDNSKEY = defineType(
  'CDNSKEY',
  60,
  { flags: u16(), protocol: u8(), algorithm: algorithm(), key: base64Rest() },
  checkProtocol,
)
