// What is served and asked in measurements: a zone of 10 000 names, some delegated, and one name steered by place, weight and
// health; questions drawn so that neither names nor client networks repeat too soon.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const NAMES = 10_000
const ALIASES = 1_000
export const APEX = 'bench.example'

/** Targets have a check, so that the board is read, and nobody probes, so that all count as up. */
const STEERING = `zone: steered.example
soa: { mname: ns1, rname: hostmaster }
ns: [ns1]
records:
  ns1: { A: 192.0.2.53 }
  www: { service: web }
checks:
  up: { tcp: { port: 80 } }
pools:
  eu: { region: eu, at: { country: IE }, check: up, answers: 1, targets: [{ address: 192.0.2.10 }, { address: 192.0.2.11, weight: 3 }] }
  us: { region: us, at: { lat: 39.0, lon: -77.5 }, check: up, targets: [{ address: 198.51.100.10 }] }
  ap: { region: ap, at: { country: SG }, check: up, targets: [{ address: 203.0.113.10 }] }
services:
  web:
    ttl: 30s
    steer:
      geo:
        - { where: [continent EU, continent AF], to: { failover: [eu, us, ap] } }
        - { where: [continent AS, continent OC], to: { failover: [ap, us, eu] } }
        - { where: [country CA], to: { weighted: [{ to: us, weight: 90 }, { to: { failover: [eu, ap] }, weight: 10 }] } }
        - { to: { weighted: [{ to: us, weight: 60 }, { to: eu, weight: 40 }] } }
`

/** Writes the configuration into a folder of its own; the files are named after the transport they ask for. */
export function writeWorld(transports: readonly string[], port = 0): string {
  const folder = mkdtempSync(join(tmpdir(), 'meridian-bench-'))
  mkdirSync(join(folder, 'zones'))
  writeFileSync(join(folder, 'zones/steered.example.yaml'), STEERING)
  writeFileSync(join(folder, `zones/${APEX}.zone`), staticZone())
  for (const transport of transports) writeFileSync(join(folder, `${transport}.yaml`), nodeConfig(transport, port))
  return folder
}

function nodeConfig(transport: string, port: number): string {
  return `node: { name: bench, region: eu }
listen: ["127.0.0.1:${port}"]
workers: 1
transport: ${transport}
zones: zones
prober: false
admin: { listen: "127.0.0.1:0" }
log: { level: error }
`
}

/** Understood by every server that reads master files: numbers for times, and no name that is not used. */
export function staticZone(): string {
  const lines = [`$ORIGIN ${APEX}.`, '$TTL 3600', '@ SOA ns1 hostmaster 1 3600 900 1209600 300', '@ NS ns1']
  lines.push('ns1 A 192.0.2.53', '*.wild A 192.0.2.7')
  lines.push('lab NS ns1.lab', 'lab NS ns2.lab', 'ns1.lab A 192.0.2.54', 'ns2.lab A 192.0.2.55')
  for (let i = 0; i < NAMES; i++) lines.push(`host${i} A ${addressOf(i)}`)
  for (let i = 0; i < ALIASES; i++) lines.push(`alias${i} CNAME host${aliased(i)}`)
  return `${lines.join('\n')}\n`
}

/** Of the i-th name. */
export function addressOf(i: number): string {
  return `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
}

/** The name that the i-th alias leads to. */
function aliased(i: number): number {
  return (i * 37) % NAMES
}

/** Names are asked for in an order that is none of theirs. */
export function nameOf(i: number): number {
  return (i * 7919) % NAMES
}

export const questions = {
  static: (i: number) => writeQuery(`host${nameOf(i)}.${APEX}`),
  steered: (i: number) => writeQuery('www.steered.example', publicNetwork(i)),
  nxdomain: (i: number) => writeQuery(`nobody${nameOf(i)}.${APEX}`),
  referral: (i: number) => writeQuery(`www${i % NAMES}.lab.${APEX}`),
  wildcard: (i: number) => writeQuery(`www${nameOf(i)}.wild.${APEX}`),
  cname: (i: number) => writeQuery(`alias${(i * 7919) % ALIASES}.${APEX}`),
} as const

export type QuestionKind = keyof typeof questions

/** A /24 somewhere in the world, and not in the ranges that are nowhere on the Internet. */
export function publicNetwork(i: number): readonly [number, number, number] {
  const first = 11 + ((i * 37) % 89)
  return [first, (i * 91) & 255, (i * 57) & 255]
}

/** A query for a name's A record, or that of another type; with a client's network, in EDNS Client Subnet (RFC 7871 §6). */
export function writeQuery(name: string, network?: readonly [number, number, number], type = 1): Uint8Array {
  const owner = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')])
  const opt = network ? [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 11, 0, 8, 0, 7, 0, 1, 24, 0, ...network] : []
  return Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, network ? 1 : 0, ...owner, 0, 0, type, 0, 1, ...opt])
}
