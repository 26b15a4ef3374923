// Which zone a name belongs to: a hash table over the apexes, asked from the longest suffix to the shortest, so that a child
// zone on the same server wins over its parent. Hot: allocates nothing.
//
//   mask, (hash, zone index + 1) …, then a word for each zone: 1 where another zone lies beneath it

import { hashName } from '../wire/name.ts'
import { type NameScan, openNameScan, scanName } from '../wire/query.ts'
import { apexOf, At, NodeField, type Zone } from './image.ts'

export function compileCatalog(zones: readonly Zone[]): SharedArrayBuffer {
  let slots = 4
  while (slots < zones.length * 2) slots *= 2
  const catalog = new SharedArrayBuffer((1 + slots * 2 + zones.length) * 4)
  const words = new Uint32Array(catalog)
  words[0] = slots - 1
  for (const [index, zone] of zones.entries()) {
    const hash = hashName(apexOf(zone))
    let slot = hash & (slots - 1)
    while (words[2 + 2 * slot] !== 0) slot = (slot + 1) & (slots - 1)
    words[1 + 2 * slot] = hash
    words[2 + 2 * slot] = index + 1
  }
  const scan = openNameScan()
  for (const zone of zones) {
    const apex = apexOf(zone)
    scanName(apex, 0, apex.length, scan)
    const above = findZone(words, zones, scan, 1)
    if (above >= 0) words[beneathAt(words, above)] = 1
  }
  return catalog
}

function beneathAt(catalog: Uint32Array, zone: number): number {
  return 1 + 2 * (catalog[0]! + 1) + zone
}

/** Whether names at the end of a zone's may belong to another zone of this server. */
export function hasZonesBeneath(catalog: Uint32Array, zone: number): boolean {
  return catalog[beneathAt(catalog, zone)] !== 0
}

/** Index of the zone that `name` is in, without its first `from` labels; -1 where it is in none. */
export function findZone(catalog: Uint32Array, zones: readonly Zone[], name: NameScan, from = 0): number {
  const mask = catalog[0]!
  for (let label = from; label <= name.labels; label++) {
    const hash = name.hash[label]!
    for (let slot = hash & mask; catalog[2 + 2 * slot] !== 0; slot = (slot + 1) & mask) {
      if (catalog[1 + 2 * slot] !== hash) continue
      const index = catalog[2 + 2 * slot]! - 1
      if (isApex(zones[index]!, name, label)) return index
    }
  }
  return -1
}

function isApex(zone: Zone, name: NameScan, label: number): boolean {
  const from = name.labelAt[label]!
  const size = name.length - from
  const { bytes, words } = zone
  // The apex is the first node, and its name the first name.
  const at = words[words[At.nodes]! + NodeField.name]!
  for (let i = 0; i < size; i++) if (bytes[at + i] !== name.lower[from + i]) return false
  return true
}
