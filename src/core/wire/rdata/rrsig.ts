// RRSIG: the signature of a set of records (RFC 4034 §3).

import { name, u16, u32, u8 } from '../field.ts'
import { base64Rest } from '../field/encoded.ts'
import { algorithm, time, typeCode } from '../field/mnemonic.ts'
import { defineType } from '../rdata.ts'

export const RRSIG = defineType('RRSIG', 46, {
  typeCovered: typeCode(),
  algorithm: algorithm(),
  labels: u8(),
  originalTtl: u32(),
  expiration: time(),
  inception: time(),
  keyTag: u16(),
  signer: name(),
  signature: base64Rest(),
})
