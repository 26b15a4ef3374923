// The page of the RFCs says where each is tested, and forgets no test that is called after one.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readLinks } from './markdown.ts'

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'docs/rfc.md'), 'utf8')
const followed = text.slice(text.indexOf('## Followed'), text.indexOf('## Where the three others'))
const rows = followed.split('\n').filter((line) => /^\| \d/.test(line))

test('each RFC that is followed is tested', () => {
  expect(rows.length).toBeGreaterThan(20)
  for (const row of rows) expect(row).toMatch(/\]\(\.\.\/test\/[\w./-]+\.test\.ts\)/)
})

test('each test under the name of an RFC is named', () => {
  const named = readLinks('docs/rfc.md', text).map(({ target }) => target)
  const files = readdirSync(join(root, 'test/rfc'))
  expect(files.length).toBeGreaterThan(20)
  for (const file of files) {
    expect(named).toContain(`../test/rfc/${file}`)
    const number = /^rfc(\d+)/.exec(file)![1]!
    expect([file, rows.some((row) => row.split('|')[1]!.includes(number))]).toEqual([file, true])
  }
})
