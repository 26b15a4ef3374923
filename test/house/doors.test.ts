// Each npm package comes in through one door, so that replacing it is the work of one folder.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plant, verdict } from './planted.ts'
import { oneDoor, packageOf } from './rules.ts'
import { readModules, root } from './tree.ts'

const modules = readModules('src')

test('every package of the project comes in through its door', () => {
  expect(verdict(oneDoor, ...modules)).toEqual([])
})

test('what src imports at run time are dependencies, not development dependencies', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object }
  const imported = modules.flatMap(({ imports }) => imports.filter(({ kind }) => kind === 'value' || kind === 'data'))
  const packages = new Set(imported.map(({ specifier }) => packageOf(specifier)).filter((name) => name !== undefined))
  expect(packages).toContain('zod')
  // mmdb-lib is maxmind's own reader, and there exactly when maxmind is.
  expect([...packages].filter((name) => !(name in dependencies) && name !== 'mmdb-lib')).toEqual([])
})

test.each([
  ['src/core/zone/yaml/read.ts', 'yaml', 'src/io/config'],
  ['src/app/load.ts', 'yaml', 'src/io/config'],
  ['src/core/geo/places.ts', 'maxmind', 'src/core/geo/mmdb.ts'],
  ['src/io/config/geo.ts', 'mmdb-lib', 'src/core/geo/mmdb.ts'],
  ['src/io/store/memory.ts', 'ioredis', 'src/io/store/redis-client.ts'],
  ['src/io/telemetry/counters.ts', 'pino', 'src/io/telemetry/log.ts'],
  ['src/app/dns.ts', 'pino', 'src/io/telemetry/log.ts'],
  ['src/io/probe/checks/dns.ts', 'dns2', 'src/io/ask'],
  ['src/io/listen/udp-batched.ts', 'koffi', 'src/io/native'],
  ['src/app/admin.ts', 'hono', 'src/io/control'],
  ['src/app/admin.ts', '@hono/node-server', 'src/io/control'],
  ['src/main.ts', 'commander', 'src/cli'],
])('seen to fail: %s imports %s', (path, name, door) => {
  for (const specifier of [name, `${name}/deep`]) {
    const message = `${path}:2 imports ${name}, whose door is ${door}`
    expect(verdict(oneDoor, plant(path, `import { x } from '${specifier}'`))).toEqual([message])
    expect(verdict(oneDoor, plant(path, `import type { X } from '${specifier}'`))).toEqual([message])
    expect(verdict(oneDoor, plant(path, `export const x = require('${specifier}')`))).toEqual([message])
    expect(verdict(oneDoor, plant(path, `export const x = import('${specifier}')`))).toEqual([message])
  }
})

test('seen to fail: a package without a door, and a builtin without node:', () => {
  const module = plant('src/app/x.ts', "import x from 'left-pad'", "import { readFileSync } from 'fs'")
  expect(verdict(oneDoor, module)).toEqual([
    'src/app/x.ts:2 imports left-pad, which has no door (builtins are written node:left-pad)',
    'src/app/x.ts:3 imports fs, which has no door (builtins are written node:fs)',
  ])
})

test('zod is welcome wherever a schema stands', () => {
  expect(verdict(oneDoor, plant('src/core/steer/geo.ts', "import { z } from 'zod'"))).toEqual([])
})
