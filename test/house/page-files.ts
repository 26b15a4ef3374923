// The files that a page of the manual shows, put where a node would find them: a configuration, zones, own networks, shared checks.

import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { readDocument } from '../../src/io/config/yaml.ts'
import type { Block } from './markdown.ts'

const networksFile = 'geo/networks.yaml'
const sharedFile = 'shared.yaml'
const sharedKeys = ['checks', 'pools', 'services']

export function isWhole(block: Block): boolean {
  return block.language === 'yaml' && block.mark === ''
}

/** A block may say which file it is, such as `new/zones/example.com.yaml`, `failover.yaml` or `queries.log`. */
export function isFile(block: Block): boolean {
  return /^[\w/.-]+\.\w+$/.test(block.mark)
}

/** Beside what `writePageFiles` has written: the files that say their name, and under `new/` the whole configuration, changed by them. */
export function writeNamedFiles(config: string, blocks: readonly Block[]): void {
  const folder = dirname(config)
  const named = blocks.filter(isFile)
  if (named.some(({ mark }) => mark.startsWith('new/'))) {
    const fresh = mkdtempSync(join(tmpdir(), 'meridian-page-'))
    cpSync(folder, fresh, { recursive: true })
    renameSync(fresh, join(folder, 'new'))
  }
  for (const { mark, text } of named) {
    mkdirSync(dirname(join(folder, mark)), { recursive: true })
    writeFileSync(join(folder, mark), text)
  }
}

/** Which file a whole block is, by the keys in it. */
export function fileOf(block: Block): string {
  const data = readDocument(`${block.page}:${block.line}`, block.text).data as Record<string, unknown>
  const keys = Object.keys(data)
  if (typeof data['zone'] === 'string') return `zones/${data['zone']}.yaml`
  if (keys.includes('networks')) return networksFile
  return keys.every((key) => sharedKeys.includes(key)) ? sharedFile : 'meridian.yaml'
}

const someZone = `zone: example.com
soa: { rname: hostmaster }
ns: [ns1.example.net.]
`

/** Writes `block`, where one is given, and what else its page shows; returns the path of meridian.yaml in a folder of its own. */
export function writePageFiles(blocks: readonly Block[], block?: Block): string {
  const folder = mkdtempSync(join(tmpdir(), 'meridian-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const files = new Map<string, string>()
  for (const each of [...(block ? [block] : []), ...blocks.filter(isWhole)]) {
    const file = fileOf(each)
    if (!files.has(file)) files.set(file, each.text)
  }
  if (![...files.keys()].some((file) => file.startsWith('zones/'))) files.set('zones/example.com.yaml', someZone)
  if (!files.has('meridian.yaml')) {
    const geo = files.has(networksFile) ? `geo: { networks: ${networksFile} }\n` : ''
    const include = files.has(sharedFile) ? `include: ${sharedFile}\n` : ''
    files.set('meridian.yaml', `zones: zones\n${geo}${include}`)
  }
  for (const [file, text] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  return join(folder, 'meridian.yaml')
}
