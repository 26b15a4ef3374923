// Files that checks name: found from the folder of the file they stand in, and missed when the configuration is checked.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadNode } from '../../src/app/load.ts'
import { printProblem } from '../../src/core/base/problem.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-files-'))
  mkdirSync(join(folder, 'zones'))
  mkdirSync(join(folder, 'tls'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const zone = (caFile: string): string => `zone: example.com
soa: { rname: hostmaster }
ns: [ns1]
records:
  ns1: { A: 192.0.2.53 }
  www: { service: web }
checks:
  up:
    https:
      ca_file: ${caFile}
pools:
  eu: { check: up, targets: [{ address: 192.0.2.10, probe_at: "127.0.0.1:8443" }] }
services:
  web: { steer: eu }
`

/** Problems, with the folder left out. */
function load(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text)
  const { loaded, problems, watched } = loadNode(join(folder, 'meridian.yaml'), 1)
  return { loaded, watched, problems: problems.map((problem) => printProblem(problem).replaceAll(`${folder}/`, '')) }
}

test('a path in a zone counts from the folder of the zone', () => {
  const { loaded, watched, problems } = load({
    'meridian.yaml': 'zones: zones\n',
    'zones/example.com.yaml': zone('../tls/ca.pem'),
    'tls/ca.pem': 'PEM',
  })
  expect(problems).toEqual([])
  expect(loaded!.subjects.map(({ check }) => check.settings)).toMatchObject([{ ca_file: join(folder, 'tls/ca.pem') }])
  expect(watched).toContain(join(folder, 'tls/ca.pem'))
})

test('a path in an included file counts from there, an absolute one from nowhere', () => {
  const shared = (path: string): string => `checks: { shared: { https: { ca_file: ${path} } } }\n`
  for (const path of ['ca.pem', join(folder, 'tls/ca.pem')]) {
    const { loaded, problems } = load({
      'meridian.yaml': 'zones: zones\ninclude: tls/shared.yaml\n',
      'zones/example.com.yaml': zone('../tls/ca.pem').replace('check: up', 'check: shared'),
      'tls/shared.yaml': shared(path),
      'tls/ca.pem': 'PEM',
    })
    expect(problems).toEqual([])
    expect(loaded!.subjects[0]!.check.settings).toMatchObject({ ca_file: join(folder, 'tls/ca.pem') })
  }
})

test.each([
  ['ca.pem', 'expected a file at zones/ca.pem, found nothing there'],
  ['../tls', 'expected a file at tls, found a directory'],
])('%s, which cannot be read, is a problem where it stands', (path, message) => {
  const { loaded, problems } = load({
    'meridian.yaml': 'zones: zones\n',
    'zones/example.com.yaml': zone(path),
  })
  expect(loaded).toBeUndefined()
  expect(problems).toEqual([`zones/example.com.yaml:10:16 checks.up.https.ca_file: ${message}`])
})
