// CERT: a certificate or its place (RFC 4398).

import { u16 } from '../field.ts'
import { base64Rest } from '../field/encoded.ts'
import { algorithm, certificateType } from '../field/mnemonic.ts'
import { defineType } from '../rdata.ts'

export const CERT = defineType('CERT', 37, {
  type: certificateType(),
  keyTag: u16(),
  algorithm: algorithm(),
  certificate: base64Rest(),
})
