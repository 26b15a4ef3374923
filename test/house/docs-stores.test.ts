// The table of what a failing store does: each of its rows names tests, and these exist.

import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listFiles, root } from './tree.ts'

const page = readFileSync(join(root, 'docs/stores.md'), 'utf8')
const rows = /\| Redis is \|.*\n\| ---.*\n((?:\|.*\n)+)/.exec(page)?.[1]?.trim().split('\n') ?? []
const files = new Map(
  listFiles('test')
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => [basename(path, '.ts'), path]),
)

/** The strings of a file, of which titles of tests are some. */
function stringsIn(path: string): string {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(/'[^'\n]*'/g)].join('\n').toLowerCase()
}

test('there are as many rows as ways to lose a store are known', () => expect(rows.length).toBeGreaterThan(18))

describe.each(rows.map((row) => row.split('|').map((cell) => cell.trim())))('a store that is %s %s', (...cells) => {
  const tests = cells[5]!.split(';').map((one) => /^`(.*)`: (.*)$/.exec(one.trim()))

  test('has all its cells', () => {
    expect(cells.slice(1, 6).every((cell) => cell.length > 0)).toBe(true)
    expect(tests.every((one) => one !== null)).toBe(true)
  })

  test.each(tests.map((one) => [one?.[1] ?? '', one?.[2] ?? ''] as const))('%s: %s', (file, name) => {
    expect(files.has(file)).toBe(true)
    expect(name.length).toBeGreaterThan(3)
    expect(stringsIn(files.get(file)!)).toContain(name.toLowerCase())
  })
})
