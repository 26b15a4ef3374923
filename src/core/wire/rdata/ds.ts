// DS: the digest of a key of the child zone (RFC 4034 §5), at the cut and in the parent.

import { u16, u8 } from '../field.ts'
import { hexRest } from '../field/encoded.ts'
import { algorithm } from '../field/mnemonic.ts'
import { checkLength, defineType } from '../rdata.ts'

/** Bytes of SHA-1, SHA-256, GOST R 34.11-94 and SHA-384. */
export const digestLengths = { 1: 20, 2: 32, 3: 32, 4: 48 }

export const DS = defineType(
  'DS',
  43,
  { keyTag: u16(), algorithm: algorithm(), digestType: u8(), digest: hexRest() },
  ({ digestType, digest }) => checkLength('digest', digest, 'digest type', digestType, digestLengths),
)
