// DS at the parent against the keys of the zone (RFC 4034 §5, RFC 4035 §5.2): with DS and without a key that fits, every validator
// takes the zone for forged and its names for gone.

import { createHash } from 'node:crypto'
import { DNSKEY } from '../core/wire/rdata/dnskey.ts'
import { apexOf, type Zone } from '../core/zone/image.ts'
import { apexData } from './delegation-own.ts'

const DNSKEY_TYPE = 48
/** RFC 4034 §5.1.4, RFC 4509, RFC 6605. */
const digests: ReadonlyMap<number, string> = new Map([
  [1, 'sha1'],
  [2, 'sha256'],
  [4, 'sha384'],
])

/** `signers`: the DS records of the parent, in presentation format. What is wrong with them; empty where nothing is. */
export function checkSigners(zone: Zone, signers: readonly string[]): string[] {
  if (signers.length === 0) return []
  const keys = apexData(zone, DNSKEY_TYPE)
  if (keys.length === 0) return ['the parent has DS, and the zone here has no DNSKEY: validators will refuse all of it']
  const known = signers.filter((text) => digests.has(Number(text.split(' ')[2])))
  if (known.length === 0) return []
  const ours = keys.flatMap((key) => [...digests.keys()].map((type) => digestOf(zone, key, type)))
  return known.some((text) => ours.includes(normal(text)))
    ? []
    : ["none of the parent's DS is that of a DNSKEY in the zone here: validators will refuse all of it"]
}

/** Presentation format may have spaces in the digest, and either case. */
function normal(text: string): string {
  const [tag, algorithm, type, ...digest] = text.split(' ')
  return `${tag} ${algorithm} ${type} ${digest.join('').toUpperCase()}`
}

function digestOf(zone: Zone, key: Uint8Array, type: number): string {
  const digest = createHash(digests.get(type)!).update(apexOf(zone).slice()).update(key).digest('hex')
  return `${keyTagOf(key)} ${DNSKEY.read(key)!.algorithm} ${type} ${digest.toUpperCase()}`
}

/** RFC 4034, appendix B. */
function keyTagOf(key: Uint8Array): number {
  let sum = 0
  for (const [i, byte] of key.entries()) sum += i & 1 ? byte : byte << 8
  return (sum + ((sum >> 16) & 0xffff)) & 0xffff
}
