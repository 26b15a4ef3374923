// ZONEMD: the digest of the whole zone (RFC 8976).

import { u32, u8 } from '../field.ts'
import { hexRest } from '../field/encoded.ts'
import { checkLength, defineType } from '../rdata.ts'

/** Bytes of SHA-384 and SHA-512. */
const lengths = { 1: 48, 2: 64 }
/** Of any other (§2.2.4). */
const SHORTEST = 12

export const ZONEMD = defineType(
  'ZONEMD',
  63,
  { serial: u32(), scheme: u8(), hash: u8(), digest: hexRest() },
  ({ hash, digest }) =>
    digest.length < SHORTEST
      ? { at: 'digest', expected: `at least ${SHORTEST} bytes`, found: String(digest.length) }
      : checkLength('digest', digest, 'hash', hash, lengths),
)
