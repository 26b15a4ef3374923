// Serials from one load to the next (RFC 1982): secondaries and caches take a lower one for an older zone, so what is served never
// goes back, whatever a file or its time says. At the loader, before anybody else sees the image.

import { put32 } from '../wire/reply.ts'
import { findRrset } from './find.ts'
import { At, bindZone, RrsetField, type Zone } from './image.ts'

const SOA = 6
/** Serial, refresh, retry, expire, minimum: the end of the rdata. */
const NUMBERS = 20

export interface Serial {
  /** As the file says, or its time. */
  readonly wanted: number
  /** As it is served. */
  readonly served: number
}

export interface ServedSerial extends Serial {
  /** Of all but the serial; '' where it was made in another way than now, so that it says nothing. */
  readonly fingerprint: string
}

/** Whether serial `a` is later than `b` (RFC 1982 §3.2). */
export function isLater(a: number, b: number): boolean {
  return ((a - b) | 0) > 0
}

/**
 * Gives `image` the serial that was served before where nothing else has changed, or the next one, if its own is not a later
 * one. Without a fingerprint of what was before, a serial that is written as it was stands for data that are as they were.
 */
export function keepSerialRising(image: SharedArrayBuffer, fingerprint: string, before: ServedSerial): Serial {
  const zone = bindZone(image)
  const wanted = zone.words[At.serial]!
  const last = before.served
  const isSame = before.fingerprint === '' ? wanted === before.wanted : fingerprint === before.fingerprint
  if (wanted === last ? isSame : isLater(wanted, last)) return { wanted, served: wanted }
  // 0 is skipped: some take it for none.
  const served = isSame ? last : (last + 1) >>> 0 || 1
  setSerial(zone, served)
  return { wanted, served }
}

/** The bytes of an image with the serial 0, for as long as `look` looks at them: what it makes of them does not hang on the serial. */
export function withoutSerial<T>(image: SharedArrayBuffer, look: (bytes: Uint8Array) => T): T {
  const zone = bindZone(image)
  const serial = zone.words[At.serial]!
  setSerial(zone, 0)
  const found = look(zone.bytes)
  setSerial(zone, serial)
  return found
}

function setSerial(zone: Zone, serial: number): void {
  zone.words[At.serial] = serial
  const data = zone.words[findRrset(zone, zone.words[At.nodes]!, SOA) + RrsetField.data]!
  put32(zone.bytes, data + 2 + ((zone.bytes[data]! << 8) | zone.bytes[data + 1]!) - NUMBERS, serial)
}
