// What a target says, from the text of the configuration: an address, or a record of another type in presentation format.
// Hints of HTTPS and SVCB records (RFC 9460 §7.3) are taken out where they depend on the health of the pool: those are written
// with each answer, from the targets that are usable then.

import { parseAddress } from '../base/address.ts'
import type { ServiceParam } from '../wire/field/service-params.ts'
import { Type } from '../wire/message.ts'
import { nameLength } from '../wire/name.ts'
import { CNAME } from '../wire/rdata/cname.ts'
import { HTTPS } from '../wire/rdata/https.ts'
import { MX } from '../wire/rdata/mx.ts'
import { SRV } from '../wire/rdata/srv.ts'
import { SVCB } from '../wire/rdata/svcb.ts'
import { TXT } from '../wire/rdata/txt.ts'
import type { RecordType } from '../wire/rdata.ts'
import { lexRecord, parseYamlRdata } from '../zone/yaml/records.ts'
import type { HintPlan } from './config.ts'

export const HintKey = { v4: 4, v6: 6 } as const

/** The kinds of targets that are no address, by their key in the configuration. */
export const recordKinds: ReadonlyMap<string, RecordType> = new Map<string, RecordType>([
  ['cname', CNAME],
  ['https', HTTPS],
  ['svcb', SVCB],
  ['srv', SRV],
  ['mx', MX],
  ['txt', TXT],
])

/** A target as it is written, before it is known what else is in its pool. */
export interface ParsedTarget {
  readonly type: number
  readonly rdata: Uint8Array
  /** Families whose hints were asked for with `auto`. */
  readonly auto: { readonly v4: boolean; readonly v6: boolean }
}

const plain = { v4: false, v6: false }

/** `text` is an address in canonical form. */
export function parseAddressTarget(text: string): ParsedTarget {
  const { family, bytes } = parseAddress(text)!
  return { type: family === 4 ? Type.A : Type.AAAA, rdata: bytes, auto: plain }
}

/** What is wrong with the text as a string. Relative names belong to `origin`; without one they are wrong. */
export function parseRecordTarget(
  type: RecordType,
  text: string,
  origin: Uint8Array | undefined,
): ParsedTarget | string {
  if (!takesHints(type.code)) {
    const rdata = parseYamlRdata(type, text, origin)
    return typeof rdata === 'string' ? rdata : { type: type.code, rdata, auto: plain }
  }
  const tokens = lexRecord(type, text)
  if (typeof tokens === 'string') return tokens
  const auto = { v4: false, v6: false }
  const rest = tokens.filter(({ text: word, isQuoted }) => {
    if (isQuoted || (word !== 'ipv4hint=auto' && word !== 'ipv6hint=auto')) return true
    auto[word === 'ipv4hint=auto' ? 'v4' : 'v6'] = true
    return false
  })
  const rdata = type.parse(rest, origin)
  if (!(rdata instanceof Uint8Array)) return rdata.message
  const wrong = auto.v4 || auto.v6 ? checkAuto(type, rdata, auto) : undefined
  return wrong ?? { type: type.code, rdata, auto }
}

export function takesHints(type: number): boolean {
  return type === HTTPS.code || type === SVCB.code
}

function checkAuto(type: RecordType, rdata: Uint8Array, auto: ParsedTarget['auto']): string | undefined {
  const service = SVCB.read(rdata)!
  if (service.priority === 0) return `${type.name} params: expected no hints beside the priority 0, found auto`
  for (const family of ['v4', 'v6'] as const) {
    if (!auto[family] || !service.params.some(({ key }) => key === HintKey[family])) continue
    return `${type.name} params: expected each hint once, found addresses and auto`
  }
  return undefined
}

interface PoolMate {
  readonly type: number
  readonly rdata: Uint8Array
}

/**
 * The target as its pool has it: `mates` are all targets of the pool, in their order. Hints of a pool without addresses stay
 * as they are; in all others each is an address of the pool, or `auto`.
 */
export function joinPool(
  { type, rdata, auto }: ParsedTarget,
  mates: readonly PoolMate[],
): { rdata: Uint8Array; hints?: { v4: HintPlan; v6: HintPlan } } | string {
  if (!takesHints(type)) return { rdata }
  const four = mates.filter((mate) => mate.type === Type.A)
  const six = mates.filter((mate) => mate.type === Type.AAAA)
  if (auto.v4 && four.length === 0) return 'expected IPv4 targets in the pool for ipv4hint=auto, found none'
  if (auto.v6 && six.length === 0) return 'expected IPv6 targets in the pool for ipv6hint=auto, found none'
  if (four.length + six.length === 0) return { rdata }
  const service = SVCB.read(rdata)!
  const v4 = auto.v4 ? 'auto' : indexesOf(service.params, HintKey.v4, 4, mates)
  const v6 = auto.v6 ? 'auto' : indexesOf(service.params, HintKey.v6, 16, mates)
  if (typeof v4 === 'object' && 'wrong' in v4) return v4.wrong
  if (typeof v6 === 'object' && 'wrong' in v6) return v6.wrong
  if (v4.length + v6.length === 0) return { rdata }
  const mandatory = service.params.find(({ key }) => key === 0)?.value ?? []
  for (let i = 1; i < mandatory.length; i += 2)
    if (mandatory[i - 1] === 0 && (mandatory[i] === HintKey.v4 || mandatory[i] === HintKey.v6))
      return 'expected no hints among the mandatory parameters, found some: they are left out while no target is up'
  const params = service.params.filter(({ key }) => key !== HintKey.v4 && key !== HintKey.v6)
  return { rdata: SVCB.write({ ...service, params }), hints: { v4, v6 } }
}

/** Which targets of the pool the addresses of a hint are. */
function indexesOf(
  params: readonly ServiceParam[],
  key: number,
  size: number,
  mates: readonly PoolMate[],
): number[] | { wrong: string } {
  const value = params.find((param) => param.key === key)?.value ?? new Uint8Array(0)
  const indexes: number[] = []
  for (let at = 0; at < value.length; at += size) {
    const address = value.subarray(at, at + size)
    const index = mates.findIndex(({ rdata }) => rdata.length === size && rdata.every((byte, i) => byte === address[i]))
    if (index < 0) {
      const shown = SVCB.print(
        SVCB.write({ priority: 1, target: new Uint8Array(1), params: [{ key, value: address }] }),
      )
      return { wrong: `expected hints that are addresses of the pool, found ${shown.split(' ').at(-1)}` }
    }
    if (!indexes.includes(index)) indexes.push(index)
  }
  return indexes
}

/** Where the two hints go into rdata without them: bytes before ipv4hint, and bytes between it and ipv6hint. */
export function splitAtHints(rdata: Uint8Array): { before: number; between: number } {
  let at = 2 + nameLength(rdata, 2)
  let before = at
  let between = 0
  while (at < rdata.length) {
    const key = rdata[at]! * 256 + rdata[at + 1]!
    at += 4 + rdata[at + 2]! * 256 + rdata[at + 3]!
    if (key < HintKey.v4) before = at
    else if (key < HintKey.v6) between = at - before
  }
  return { before, between }
}
