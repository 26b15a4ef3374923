// Imports lead downward: main, cli, app, io, core. The table of rows stands in rules.ts.

import { globSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { plant, verdict } from './planted.ts'
import { layers } from './rules.ts'
import { readModules, root } from './tree.ts'

const modules = readModules('src')

describe('the project', () => {
  test('every import leads downward or stays in its folder', () => {
    expect(verdict(layers, ...modules)).toEqual([])
  })

  test('every TypeScript file of src was looked at', () => {
    const files = globSync('**/*.ts', { cwd: `${root}/src` }).map((path) => `src/${path}`)
    expect(modules.map(({ path }) => path).toSorted()).toEqual(files.toSorted())
    expect(modules.length).toBeGreaterThan(10)
  })

  test('every import statement was seen', () => {
    // An independent and cruder look: lines that begin an import or export and what stands after their `from`.
    for (const { path, text, imports } of modules) {
      const crude = [...text.matchAll(/^(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?'([^']+)'/gm)].map((match) => match[1])
      expect({ path, seen: imports.map(({ specifier }) => specifier) }).toEqual({
        path,
        seen: expect.arrayContaining(crude),
      })
    }
    expect(modules.flatMap(({ imports }) => imports).length).toBeGreaterThan(modules.length / 2)
  })
})

describe('seen to fail', () => {
  test.each([
    ['src/core/wire/name.ts', '../answer/answer.ts', 'core/wire imports core/answer, which stands above it'],
    ['src/core/base/bytes.ts', '../wire/name.ts', 'core/base imports core/wire, which stands above it'],
    ['src/core/zone/image.ts', '../geo/places.ts', 'core/zone imports core/geo, its neighbour'],
    ['src/core/zone/master/parse.ts', '../../health/board.ts', 'core/zone imports core/health, its neighbour'],
    ['src/core/wire/rdata/mx.ts', '../../zone/records.ts', 'core/wire imports core/zone, which stands above it'],
    ['src/core/steer/geo.ts', '../guard/acl.ts', 'core/steer imports core/guard, its neighbour'],
    ['src/core/answer/answer.ts', '../transfer/axfr.ts', 'core/answer imports core/transfer, its neighbour'],
    ['src/core/answer/answer.ts', '../../io/native/libc.ts', 'core/answer imports io/native, which stands above it'],
    ['src/io/native/socket.ts', '../telemetry/log.ts', 'io/native imports io/telemetry, its neighbour'],
    ['src/io/probe/checks/http.ts', '../../store/index.ts', 'io/probe imports io/store, its neighbour'],
    ['src/io/ask/ask.ts', '../upstream/alias.ts', 'io/ask imports io/upstream, which stands above it'],
    ['src/io/control/routes.ts', '../../app/reload.ts', 'io/control imports app, which stands above it'],
    ['src/app/dns.ts', '../cli/index.ts', 'app imports cli, which stands above it'],
    ['src/cli/serve.ts', '../main.ts', 'cli imports main, which stands above it'],
  ])('%s → %s', (path, specifier, message) => {
    const target = plant(new URL(specifier, `file:///${path}`).pathname.slice(1))
    for (const statement of [
      `import { x } from '${specifier}'`,
      `import type { X } from '${specifier}'`,
      `import '${specifier}'`,
      `export { x } from '${specifier}'`,
      `export const x = () => import('${specifier}')`,
      `export type X = import('${specifier}').X`,
      `export const x = new URL('${specifier}', import.meta.url)`,
      `export const x = import.meta.resolve('${specifier}')`,
    ]) {
      expect(verdict(layers, plant(path, statement), target)).toEqual([`${path}:2 ${message}`])
    }
  })

  test.each([
    ['src/extra/x.ts', '', 'src/extra/x.ts stands in no layer'],
    ['src/core/x.ts', '', 'src/core/x.ts stands in no layer'],
    ['src/io/x.ts', '', 'src/io/x.ts stands in no layer'],
    ['src/other.ts', '', 'src/other.ts stands in no layer'],
    ['src/app/x.ts', "import '../../test/x.ts'", 'src/app/x.ts:2 imports ../../test/x.ts, which is no module of src'],
    ['src/app/x.ts', "import './y.js'", 'src/app/x.ts:2 imports ./y.js, which is no module of src'],
    [
      'src/app/x.ts',
      'export const x = (y: string) => import(y)',
      'src/app/x.ts:2 imports something computed, which no rule can follow',
    ],
    [
      'src/io/store/x.ts',
      "import data from '../../../package.json' with { type: 'json' }",
      'src/io/store/x.ts:2 reads ../../../package.json from elsewhere',
    ],
  ])('%s: %s', (path, statement, message) => {
    expect(verdict(layers, plant(path, statement))).toEqual([message])
  })
})

test.each([
  ['src/core/wire/rdata/mx.ts', '../name.ts'],
  ['src/core/zone/yaml/read.ts', '../records.ts'],
  ['src/core/geo/mmdb.ts', '../base/problem.ts'],
  ['src/io/probe/checks/http.ts', '../../native/socket.ts'],
  ['src/main.ts', './cli/index.ts'],
])('%s may import %s', (path, specifier) => {
  const target = plant(new URL(specifier, `file:///${path}`).pathname.slice(1))
  expect(verdict(layers, plant(path, `import { x } from '${specifier}'`), target)).toEqual([])
})

test('imports in comments, strings and templates are none', () => {
  const text = [
    "// import '../app/x.ts'",
    'export const x = "import \'../app/x.ts\'"',
    "export const y = `\nimport '../app/x.ts'\n`",
  ]
  expect(plant('src/core/base/x.ts', ...text).imports).toEqual([])
})
