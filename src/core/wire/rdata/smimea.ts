// SMIMEA: which certificate signs the mail of a user, in the form of TLSA (RFC 8162).

import { u8 } from '../field.ts'
import { hexRest } from '../field/encoded.ts'
import { checkLength, defineType } from '../rdata.ts'
import { matchingLengths } from './tlsa.ts'

export const SMIMEA = defineType(
  'SMIMEA',
  53,
  { usage: u8(), selector: u8(), matching: u8(), data: hexRest() },
  ({ matching, data }) => checkLength('data', data, 'matching', matching, matchingLengths),
)
