// Large worlds: a zone of a million records as an operator or a registry may have it, very many zones, services and networks.

import { closeSync, mkdirSync, mkdtempSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeQuery } from '../world.ts'

const HEAD = '$TTL 1h\n@ SOA ns1 hostmaster 1 1h 15m 2w 5m\n@ NS ns1\nns1 A 192.0.2.53\n'

export function openWorld(): string {
  return mkdtempSync(join(tmpdir(), 'meridian-scale-'))
}

/** A configuration in a folder of its own; returns its file. `files` are texts by their path. */
export function writeNode(world: string, name: string, files: Readonly<Record<string, string>>, more = ''): string {
  const folder = join(world, name)
  mkdirSync(join(folder, 'zones'), { recursive: true })
  const file = join(folder, 'meridian.yaml')
  writeFileSync(
    file,
    `node: { name: scale, region: eu }
listen: ["127.0.0.1:0"]
zones: zones
prober: false
admin: { listen: "127.0.0.1:0" }
${/^workers:/m.test(more) ? '' : 'workers: 1\n'}${more}`,
  )
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text)
  return file
}

/**
 * Of ten names six have an A record, two A and AAAA, one a CNAME, and one MX and TXT; and for each ten there is a delegation with
 * glue. Returns how many names may be asked for.
 */
export function writeZone(file: string, records: number): number {
  const descriptor = openSync(file, 'w')
  writeSync(descriptor, HEAD)
  let lines: string[] = []
  let written = 3
  let i = 0
  for (; written < records; i++) {
    const v4 = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`
    const kind = i % 10
    const before = lines.length
    if (kind < 8) lines.push(`host${i} A ${v4}`)
    if (kind === 6 || kind === 7)
      lines.push(`host${i} AAAA 2001:db8::${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}`)
    if (kind === 8) lines.push(`host${i} CNAME host${i - 8}`)
    if (kind === 9)
      lines.push(
        `host${i} MX 10 host${i - 9}`,
        `host${i} TXT "v=spf1 mx -all"`,
        `lab${i} NS ns1.lab${i}`,
        `ns1.lab${i} A ${v4}`,
      )
    written += lines.length - before
    if (lines.length < 10_000) continue
    writeSync(descriptor, `${lines.join('\n')}\n`)
    lines = []
  }
  writeSync(descriptor, `${lines.join('\n')}\n`)
  closeSync(descriptor)
  return i
}

/** Questions for A records all over such a zone, in hexadecimal; returns the file. */
export function writeQuestions(world: string, apex: string, names: number, count: number): string {
  const lines = Array.from({ length: count }, (_, i) => {
    const name = Math.floor((i * 0.618033988749895 * names) % names)
    return Buffer.from(writeQuery(`host${name - Math.max(0, (name % 10) - 7)}.${apex}`)).toString('hex')
  })
  const file = join(world, `${apex}.hex`)
  writeFileSync(file, lines.join('\n'))
  return file
}

export function manyZones(count: number): Record<string, string> {
  const zones = Array.from({ length: count }, (_, i) => [
    `zones/z${i}.example.zone`,
    `${HEAD}www A 10.0.${i >> 8}.${i & 255}\n`,
  ])
  return Object.fromEntries(zones) as Record<string, string>
}

/** Each with two pools of two targets and a tree. */
export function manyServices(count: number): Record<string, string> {
  const each = (line: (i: number) => string): string => Array.from({ length: count }, (_, i) => line(i)).join('\n')
  const target = (i: number, n: number): string => `{ address: 10.${n}.${i >> 8}.${i & 255} }`
  return {
    'zones/services.example.yaml': `zone: services.example
soa: { rname: hostmaster }
ns: [ns1]
records:
  ns1: { A: 192.0.2.53 }
${each((i) => `  s${i}: { service: web${i} }`)}
checks: { up: { tcp: { port: 80 } } }
pools:
${each((i) => `  eu${i}: { check: up, targets: [${target(i, 0)}, ${target(i, 1)}] }\n  us${i}: { check: up, targets: [${target(i, 2)}, ${target(i, 3)}] }`)}
services:
${each((i) => `  web${i}: { ttl: 30s, steer: { geo: [{ where: [continent EU], to: { failover: [eu${i}, us${i}] } }, { to: { weighted: [{ to: us${i}, weight: 60 }, { to: eu${i}, weight: 40 }] } }] } }`)}
`,
  }
}

function networkAt(i: number): string {
  return `${11 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`
}

export function networksAsYaml(count: number): string {
  const lines = Array.from({ length: count }, (_, i) => `  - { cidr: ${networkAt(i)}, name: n${i} }`)
  return `networks:\n${lines.join('\n')}\n`
}

export function networksAsTable(count: number): string {
  return `cidr,name\n${Array.from({ length: count }, (_, i) => `${networkAt(i)},n${i}`).join('\n')}\n`
}
