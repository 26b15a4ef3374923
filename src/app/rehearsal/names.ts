// Every name and type that a stage's zones answer for, read from the zone images.

import { SERVICE, ServiceField, ServiceFlag, SERVICES_AT } from '../../core/steer/compile.ts'
import { Type } from '../../core/wire/message.ts'
import { nameLength } from '../../core/wire/name.ts'
import { serviceAt } from '../../core/zone/find.ts'
import {
  ALIAS_SET,
  At,
  nextNode,
  NODE,
  NodeField,
  NodeFlag,
  RRSET,
  RrsetField,
  type Zone,
} from '../../core/zone/image.ts'
import type { Stage } from './stage.ts'

export interface Holding {
  /** Wire form, lower case. */
  readonly name: Uint8Array
  readonly type: number
  /** The service that answers with it; undefined for a static record. */
  readonly service: string | undefined
  /** Whether clients of one place may be told apart by their addresses. */
  readonly usesBucket: boolean
}

/** What one zone holds; what lies beneath a delegation is not answered for. */
export function holdingsOf(stage: Stage, zoneIndex: number): Holding[] {
  const zone = stage.bound.zones[zoneIndex]!
  const holdings: Holding[] = []
  for (let node = zone.words[At.nodes]!; node !== 0; node = nextNode(zone, node)) {
    if ((zone.words[node + NodeField.flags]! & NodeFlag.beneath) !== 0) continue
    const at = zone.words[node + NodeField.name]!
    const name = zone.bytes.slice(at, at + nameLength(zone.bytes, at))
    const service = serviceAt(zone, node)
    const steered = service < 0 ? [] : steeredTypes(stage, zoneIndex, service)
    // The service goes before a record of a type that it holds.
    const fixed = staticTypes(zone, node).filter((type) => !steered.includes(type))
    for (const type of fixed) holdings.push({ name, type, service: undefined, usesBucket: false })
    if (service < 0) continue
    const called = stage.loaded.names.steering[zoneIndex]!.services[service]!
    const { words } = stage.bound.tables[zoneIndex]!
    const usesBucket = (words[SERVICES_AT + service * SERVICE + ServiceField.flags]! & ServiceFlag.usesBucket) !== 0
    for (const type of steered) holdings.push({ name, type, service: called, usesBucket })
  }
  return holdings
}

function staticTypes({ words }: Zone, node: number): number[] {
  const types: number[] = []
  let at = node + NODE
  for (let left = words[node + NodeField.rrsetCount]!; left > 0; left--, at += RRSET) {
    const type = words[at + RrsetField.type]!
    if (type === ALIAS_SET) types.push(Type.A, Type.AAAA)
    else types.push(type)
  }
  return types
}

function steeredTypes(stage: Stage, zoneIndex: number, service: number): number[] {
  const { words } = stage.bound.tables[zoneIndex]!
  const at = SERVICES_AT + service * SERVICE
  const from = words[at + ServiceField.types]!
  return [...words.subarray(from, from + words[at + ServiceField.typeCount]!)].sort((a, b) => a - b)
}

/** Every steered name with its type, in all zones. */
export function steeredNames(stage: Stage): Holding[] {
  return stage.bound.zones.flatMap((_, zone) => holdingsOf(stage, zone).filter(({ service }) => service !== undefined))
}
