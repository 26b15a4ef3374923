// What our own files say of a delegation: the name servers of a zone, their addresses, its keys.

import { Type } from '../core/wire/message.ts'
import { lowerName, parseName, ROOT } from '../core/wire/name.ts'
import { openNameScan, scanName } from '../core/wire/query.ts'
import { typeByCode } from '../core/wire/rdata/index.ts'
import { findName, findRrset, Landed, type Landing } from '../core/zone/find.ts'
import { At, RrsetField, type Zone } from '../core/zone/image.ts'

export function serversIn(zone: Zone): string[] {
  return textsOf(zone, zone.words[At.nodes]!, Type.NS).map((name) => name.toLowerCase())
}

export function addressesIn(zone: Zone, server: string): string[] {
  const scan = openNameScan()
  const landing: Landing = { kind: Landed.nowhere, node: 0, isCutItself: false }
  const name = parseName(server, ROOT)
  if (typeof name === 'string' || scanName(lowerName(name), 0, name.length, scan) < 0) return []
  findName(zone, scan, landing)
  if (landing.kind !== Landed.exact && landing.kind !== Landed.wildcard) return []
  return [Type.A, Type.AAAA].flatMap((type) => textsOf(zone, landing.node, type))
}

/** The data of the records of a type at the apex. */
export function apexData(zone: Zone, type: number): Uint8Array[] {
  return dataOf(zone, zone.words[At.nodes]!, type)
}

function textsOf(zone: Zone, node: number, type: number): string[] {
  return dataOf(zone, node, type).map((data) => typeByCode(type).print(data))
}

function dataOf({ words, bytes }: Zone, node: number, type: number): Uint8Array[] {
  const rrset = findRrset({ words, bytes }, node, type)
  if (rrset === 0) return []
  const found: Uint8Array[] = []
  let at = words[rrset + RrsetField.data]!
  for (let left = words[rrset + RrsetField.count]!; left > 0; left--) {
    const length = (bytes[at]! << 8) | bytes[at + 1]!
    found.push(bytes.slice(at + 2, at + 2 + length))
    at += 2 + length
  }
  return found
}

export function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

export function isWithin(name: string, apex: string): boolean {
  return apex === '.' || same(name, apex) || name.toLowerCase().endsWith(`.${apex.toLowerCase()}`)
}
