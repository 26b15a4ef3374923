// The manual's pages of checks: each type has one, its examples are whole zone files that load, and its tables name every option.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { zoneFileConfig } from '../../src/app/config.ts'
import { printProblem } from '../../src/core/base/problem.ts'
import { checkDocument } from '../../src/io/config/check.ts'
import { readDocument, type SourceDocument } from '../../src/io/config/yaml.ts'
import { COMBINE, checkConfig, checks } from '../../src/io/probe/checks/index.ts'
import { combineConfig } from '../../src/io/probe/combine.ts'
import { PUSH, pushConfig } from '../../src/io/probe/push.ts'
import { readBlocks } from './markdown.ts'
import { root } from './tree.ts'

const types = [...checks, { name: PUSH, config: pushConfig }, { name: COMBINE, config: combineConfig }]

const folder = join(root, 'docs/checks')

interface Page {
  readonly text: string
  /** The yaml blocks. */
  readonly blocks: readonly SourceDocument[]
}

function readPage(name: string): Page {
  const text = readFileSync(join(folder, `${name}.md`), 'utf8')
  const page = `docs/checks/${name}.md`
  const blocks = readBlocks(page, text)
    .filter(({ language, text }) => language === 'yaml' && !text.startsWith('# meridian.yaml'))
    // Empty lines before it, so that a mistake is reported at its line of the page.
    .map((block) => readDocument(page, `${'\n'.repeat(block.line)}${block.text}`))
  return { text, blocks }
}

test('each check type has its page, and there is no other', () => {
  const pages = readdirSync(folder).map((file) => file.replace(/\.md$/, ''))
  expect(pages.sort()).toEqual(types.map(({ name }) => name).sort())
})

describe.each(types.map(({ name, config }) => [name, config] as const))('docs/checks/%s.md', (name, config) => {
  const { text, blocks } = readPage(name)

  test('begins with a check of that type', () => {
    const { checks: written } = blocks[0]!.data as { checks: Record<string, object> }
    expect(Object.keys(written)).not.toEqual([])
    for (const check of Object.values(written)) {
      const parsed = checkConfig.safeParse(check)
      expect(parsed.error?.issues ?? []).toEqual([])
      // A combined check stands beside its parts.
      if (name !== COMBINE) expect(parsed.data?.type).toBe(name)
    }
    expect(Object.values(written).some((check) => name in check)).toBe(true)
  })

  test('has examples that are zone files without mistakes', () => {
    for (const block of blocks) expect(checkDocument(block, zoneFileConfig).problems.map(printProblem)).toEqual([])
  })

  test('has every option in its table, and none that does not exist', () => {
    const tables = [...text.matchAll(/^\| `([a-z_]+)` \|/gm)].map((match) => match[1]!)
    const { shape } = ('in' in config ? config.in : config) as unknown as { shape: object }
    const timing = Object.keys(checkConfig.in.shape).filter((key) => !types.some((type) => type.name === key))
    const expected = name === 'http' ? [...Object.keys(shape), ...timing] : Object.keys(shape)
    expect(tables).toEqual(expected)
  })

  test('says how soon a failure is noticed', () => {
    expect(text).toContain('`every` × 1.1 + `fall` × `confirm` + `timeout` + 1 s')
  })
})

test('seen to fail: an example with a mistake', () => {
  const wrong = readDocument(
    'docs/checks/x.md',
    'zone: example.com\nsoa: {}\nns: [ns1]\nchecks:\n  up: { http: { pfad: / } }\n',
  )
  expect(checkDocument(wrong, zoneFileConfig).problems).not.toEqual([])
})
