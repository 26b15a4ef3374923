// SSHFP: the fingerprint of a host key of SSH (RFC 4255, RFC 6594).

import { u8 } from '../field.ts'
import { hexRest } from '../field/encoded.ts'
import { checkLength, defineType } from '../rdata.ts'

/** Bytes of SHA-1 and SHA-256. */
const lengths = { 1: 20, 2: 32 }

export const SSHFP = defineType(
  'SSHFP',
  44,
  { algorithm: u8(), type: u8(), fingerprint: hexRest() },
  ({ type, fingerprint }) => checkLength('fingerprint', fingerprint, 'type', type, lengths),
)
