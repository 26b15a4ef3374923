// CDS: the DS that the child zone wants its parent to have (RFC 7344); `0 0 0 00` asks to have none (RFC 8078 §4).

import { u16, u8 } from '../field.ts'
import { hexRest } from '../field/encoded.ts'
import { algorithm } from '../field/mnemonic.ts'
import { checkLength, defineType } from '../rdata.ts'
import { digestLengths } from './ds.ts'

export const CDS = defineType(
  'CDS',
  59,
  { keyTag: u16(), algorithm: algorithm(), digestType: u8(), digest: hexRest() },
  ({ digestType, digest }) => checkLength('digest', digest, 'digest type', digestType, digestLengths),
)
