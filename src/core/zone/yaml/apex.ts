// `soa:` and `ns:` of a YAML zone → the records at its apex.

import { MAX_LABEL, MAX_NAME, parseName, ROOT } from '../../wire/name.ts'
import { NS } from '../../wire/rdata/ns.ts'
import { SOA } from '../../wire/rdata/soa.ts'
import { addRecord } from '../records.ts'
import { type ConfigPath, report, type YamlContext } from './context.ts'
import type { SoaConfig } from './schema.ts'

export interface ApexConfig {
  readonly soa?: SoaConfig | undefined
  readonly ns?: readonly string[] | undefined
}

/** `serial` is used where the file has none. */
export function addApexRecords(config: ApexConfig, serial: number, context: YamlContext): void {
  if (config.soa !== undefined) addSoa(config.soa, config.ns?.[0], serial, context)
  for (const [i, text] of (config.ns ?? []).entries()) {
    const path = ['ns', i]
    const server = nameAt(context, path, text)
    if (server !== undefined)
      addRecord(context.records, context.origin, NS.code, context.ttlSec, NS.write({ server }), context.placeAt(path))
  }
}

function addSoa(soa: SoaConfig, firstServer: string | undefined, serial: number, context: YamlContext): void {
  const mnameText = soa.mname ?? firstServer
  if (mnameText === undefined)
    return report(context, ['soa'], 'expected mname, as there is no list of ns to take it from')
  // Where the first of ns stands in for it, a mistake there is reported there.
  const mname =
    soa.mname === undefined ? parseName(mnameText, context.origin) : nameAt(context, ['soa', 'mname'], mnameText)
  const rname = parseMailbox(soa.rname, context.origin)
  if (typeof rname === 'string')
    return report(context, ['soa', 'rname'], `expected a mailbox or a domain name, found ${rname}`)
  if (mname === undefined || typeof mname === 'string') return
  const { refresh, retry, expire, negative: minimum } = soa
  const rdata = SOA.write({ mname, rname, serial: soa.serial ?? serial, refresh, retry, expire, minimum })
  addRecord(context.records, context.origin, SOA.code, context.ttlSec, rdata, context.placeAt(['soa']))
}

function nameAt(context: YamlContext, path: ConfigPath, text: string): Uint8Array | undefined {
  const name = parseName(text, context.origin)
  if (typeof name !== 'string') return name
  report(context, path, `expected a domain name, found ${name}`)
  return undefined
}

/** `host.master@example.com` → `host\.master.example.com.`: all before the @ is one label (RFC 1035 §8). Otherwise a name. */
export function parseMailbox(text: string, origin: Uint8Array): Uint8Array | string {
  const at = text.lastIndexOf('@')
  if (at < 0) return parseName(text, origin)
  const local = new TextEncoder().encode(text.slice(0, at))
  if (local.length === 0 || local.length > MAX_LABEL) return `${local.length} bytes before the "@" of "${text}"`
  // A mailbox's domain is always a whole one, with or without a final dot.
  const domain = parseName(text.slice(at + 1), ROOT)
  if (typeof domain === 'string') return domain
  const name = Uint8Array.from([local.length, ...local, ...domain])
  return name.length > MAX_NAME ? `a name of more than ${MAX_NAME} bytes` : name
}
