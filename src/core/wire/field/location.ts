// Where something is on Earth (RFC 1876): text and wire have the parts in different order, so that all of LOC is one field.
//
//   wire:  version 0 · size · horizontal precision · vertical precision · latitude · longitude · altitude
//   text:  52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m     (only the degrees and the altitude are needed)

import type { Field, TokenCursor, WireCursor } from '../field.ts'
import { showToken } from '../text.ts'

export interface Location {
  /** Centimetres: the diameter of what is there, and how well its place is known (the defaults: 1 m, 10 km, 10 m). */
  readonly size: number
  readonly horizontal: number
  readonly vertical: number
  /** Thousandths of a second of arc; north and east are positive. */
  readonly latitude: number
  readonly longitude: number
  /** Centimetres above the WGS 84 ellipsoid. */
  readonly altitude: number
}

const BYTES = 16
const EQUATOR = 0x8000_0000
const DEGREE = 3_600_000
const LOWEST = -10_000_000
const HIGHEST = 0xffff_ffff + LOWEST
const LARGEST = 9_000_000_000
const sizes = [100, 1_000_000, 1000] as const

export function location(): Field<Location> {
  return {
    expects: 'a place such as 52 22 23.000 N 4 53 32.000 E -2m 1m 10000m 10m',
    isName: false,
    parse: parseLocation,
    print: ({ latitude, longitude, altitude, size, horizontal, vertical }) =>
      [
        printAngle(latitude, 'N', 'S'),
        printAngle(longitude, 'E', 'W'),
        ...[altitude, size, horizontal, vertical].map(printMetres),
      ].join(' '),
    read: readLocation,
    size: () => BYTES,
    write(value, out, at) {
      const view = new DataView(out.buffer, out.byteOffset + at, BYTES)
      const { size, horizontal, vertical } = value
      for (const [i, length] of [size, horizontal, vertical].entries()) view.setUint8(1 + i, packSize(length))
      view.setUint32(4, value.latitude + EQUATOR)
      view.setUint32(8, value.longitude + EQUATOR)
      view.setUint32(12, value.altitude - LOWEST)
    },
  }
}

function parseLocation(from: TokenCursor): Location | string {
  const latitude = parseAngle(from, 'latitude', 90, 'N', 'S')
  if (typeof latitude === 'string') return latitude
  const longitude = parseAngle(from, 'longitude', 180, 'E', 'W')
  if (typeof longitude === 'string') return longitude
  const altitude = parseMetres(from, LOWEST, HIGHEST)
  if (typeof altitude === 'string') return `${altitude} as altitude`
  const rest: number[] = []
  for (const usual of sizes) {
    const size = from.at === from.tokens.length ? usual : parseMetres(from, 0, LARGEST)
    if (typeof size === 'string') return `${size} as ${['size', 'horizontal', 'vertical precision'][rest.length]}`
    rest.push(unpackSize(packSize(size))!)
  }
  const [size, horizontal, vertical] = rest as [number, number, number]
  return { size, horizontal, vertical, latitude, longitude, altitude }
}

/** `52 22 23.000 N`, of which minutes and seconds may be left out. */
function parseAngle(from: TokenCursor, what: string, most: number, plus: string, minus: string): number | string {
  const scales = [DEGREE, 60_000, 1000]
  const isWhole = [/^\d{1,3}$/, /^\d{1,2}$/, /^\d{1,2}(\.\d{1,3})?$/]
  let value = 0
  for (let i = 0; ; i++) {
    const token = from.tokens[from.at]
    const text = token === undefined || token.isQuoted ? '' : token.text.toUpperCase()
    if (i > 0 && (text === plus || text === minus)) {
      from.at++
      return text === plus ? value : -value
    }
    const limit = i === 0 ? most : 59.999
    if (i > 2 || !isWhole[i]!.test(text) || Number(text) > limit) {
      return `${showToken(token)} where the ${what} has ${['degrees', 'minutes', 'seconds', ''][i]}${hint(i, most, plus, minus)}`
    }
    value += Math.round(Number(text) * scales[i]!)
    if (value > most * DEGREE) return `more than ${most} degrees of ${what}`
    from.at++
  }
}

function hint(step: number, most: number, plus: string, minus: string): string {
  if (step === 0) return ` (0 to ${most})`
  return step === 3 ? `${plus} or ${minus}` : ` (0 to 59), ${plus} or ${minus}`
}

function printAngle(value: number, plus: string, minus: string): string {
  const rest = Math.abs(value)
  const seconds = ((rest % 60_000) / 1000).toFixed(3)
  return `${Math.floor(rest / DEGREE)} ${Math.floor(rest / 60_000) % 60} ${seconds} ${value < 0 ? minus : plus}`
}

/** Metres with up to two decimals and an optional `m` → centimetres. */
function parseMetres(from: TokenCursor, least: number, most: number): number | string {
  const token = from.tokens[from.at]
  const form = /^(-?\d{1,8}(?:\.\d{1,2})?)m?$/i
  const metres = token === undefined || token.isQuoted ? undefined : form.exec(token.text)?.[1]
  const centimetres = Math.round(Number(metres) * 100)
  if (!(centimetres >= least && centimetres <= most)) return showToken(token)
  from.at++
  return centimetres
}

function printMetres(centimetres: number): string {
  return `${(centimetres / 100).toFixed(2)}m`
}

/** Its first digit, and in the lower half of the byte how many follow. Less is lost than the precision that is claimed. */
function packSize(centimetres: number): number {
  const digits = String(centimetres)
  return centimetres === 0 ? 0 : (Number(digits[0]) << 4) | (digits.length - 1)
}

function unpackSize(byte: number): number | undefined {
  const digit = byte >> 4
  const zeros = byte & 15
  // A digit of zero has no other power of ten (RFC 1876 §2).
  return digit > 9 || zeros > 9 || (digit === 0 && zeros > 0) ? undefined : digit * 10 ** zeros
}

function readLocation(from: WireCursor): Location | undefined {
  if (from.at + BYTES > from.bytes.length) return undefined
  const view = new DataView(from.bytes.buffer, from.bytes.byteOffset + from.at, BYTES)
  const size = unpackSize(view.getUint8(1))
  const horizontal = unpackSize(view.getUint8(2))
  const vertical = unpackSize(view.getUint8(3))
  const latitude = view.getUint32(4) - EQUATOR
  const longitude = view.getUint32(8) - EQUATOR
  const altitude = view.getUint32(12) + LOWEST
  if (view.getUint8(0) !== 0 || size === undefined || horizontal === undefined || vertical === undefined)
    return undefined
  if (Math.abs(latitude) > 90 * DEGREE || Math.abs(longitude) > 180 * DEGREE) return undefined
  from.at += BYTES
  return { size, horizontal, vertical, latitude, longitude, altitude }
}
