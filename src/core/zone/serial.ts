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

/** Whether serial `a` is later than `b` (RFC 1982 §3.2). */
export function isLater(a: number, b: number): boolean {
  return ((a - b) | 0) > 0
}

/** Gives `image` the serial of `before` where nothing else has changed, or the next one, if its own is not a later one. */
export function keepSerialRising(image: SharedArrayBuffer, before: SharedArrayBuffer): Serial {
  const zone = bindZone(image)
  const old = bindZone(before)
  const wanted = zone.words[At.serial]!
  const last = old.words[At.serial]!
  if (wanted === last ? hasSameData(zone, old) : isLater(wanted, last)) return { wanted, served: wanted }
  setSerial(zone, last)
  // 0 is skipped: some take it for none.
  const served = hasSameData(zone, old) ? last : (last + 1) >>> 0 || 1
  setSerial(zone, served)
  return { wanted, served }
}

function setSerial(zone: Zone, serial: number): void {
  zone.words[At.serial] = serial
  const data = zone.words[findRrset(zone, zone.words[At.nodes]!, SOA) + RrsetField.data]!
  put32(zone.bytes, data + 2 + ((zone.bytes[data]! << 8) | zone.bytes[data + 1]!) - NUMBERS, serial)
}

function hasSameData(a: Zone, b: Zone): boolean {
  if (a.words.length !== b.words.length) return false
  for (let i = 0; i < a.words.length; i++) if (a.words[i] !== b.words[i]) return false
  return true
}
