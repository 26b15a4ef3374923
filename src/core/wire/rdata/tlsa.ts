// TLSA: which certificate a TLS server shows (RFC 6698 §2).

import { u8 } from '../field.ts'
import { hexRest } from '../field/encoded.ts'
import { checkLength, defineType } from '../rdata.ts'

/** Bytes of SHA-256 and SHA-512; matching 0 is the whole certificate or key. */
export const matchingLengths = { 1: 32, 2: 64 }

export const TLSA = defineType(
  'TLSA',
  52,
  { usage: u8(), selector: u8(), matching: u8(), data: hexRest() },
  ({ matching, data }) => checkLength('data', data, 'matching', matching, matchingLengths),
)
