// The core is functions of their arguments: replicas agree, tests need no clock, and nothing awaits between packet and answer.

import { expect, test } from 'vitest'
import { plant, verdict } from './planted.ts'
import { purity } from './rules.ts'
import { readModules } from './tree.ts'

test('the core of the project is pure', () => {
  const core = readModules('src/core')
  expect(core.length).toBeGreaterThan(5)
  expect(verdict(purity, ...core)).toEqual([])
})

test.each([
  ["import { createHash } from 'node:crypto'", 'imports node:crypto'],
  ["import type { Socket } from 'node:net'", 'imports node:net'],
  ["import { parse } from 'yaml'", 'imports yaml'],
  ["import { Reader } from 'maxmind'", 'imports maxmind'],
  ['export const f = () => Date.now()', 'uses Date.now'],
  ["export const f = () => Date['now']()", 'uses Date.now'],
  ['export const f = () => new Date()', 'uses the time of day'],
  ['export const f = () => Date()', 'uses the time of day'],
  ['export const f = () => Math.random()', 'uses Math.random'],
  ['export const f = () => performance.now()', 'uses performance'],
  ['export const f = () => process.hrtime()', 'uses process'],
  ['export const f = () => ({ process })', 'uses process'],
  ['export const f = (g: () => void) => setTimeout(g, 1)', 'uses setTimeout'],
  ['export const f = (g: () => void) => setInterval(g, 1)', 'uses setInterval'],
  ['export const f = (g: () => void) => queueMicrotask(g)', 'uses queueMicrotask'],
  ["export const f = () => console.log('x')", 'uses console'],
  ['export const f = () => crypto.randomUUID()', 'uses crypto'],
  ['export const f = () => globalThis.crypto.randomUUID()', 'uses globalThis'],
  ['export const f = (x: Int32Array) => Atomics.wait(x, 0, 0)', 'uses Atomics.wait'],
  ['export async function f() {}', 'uses async'],
  ['export const f = async () => 1', 'uses async'],
  ['export class C { async f() {} }', 'uses async'],
  ['export const f = await 1', 'uses await'],
  ['export const f = (x: Promise<string>) => x', 'uses Promise'],
  ["export const f = () => fetch('x')", 'uses fetch'],
  ['export const f = import.meta.url', 'uses import.meta'],
])('seen to fail: %s', (statement, what) => {
  expect(verdict(purity, plant('src/core/geo/x.ts', statement))).toContainEqual(`src/core/geo/x.ts:2 the core ${what}`)
})

test.each([
  ['src/core/geo/mmdb.ts', "import { Reader } from 'maxmind'"],
  ['src/core/base/schema.ts', "import { z } from 'zod'"],
  ['src/core/base/x.ts', 'export const f = (nowMs: number) => new Date(nowMs).toISOString()'],
  ['src/core/base/x.ts', 'export const f = (x: { process: 1 }) => x.process'],
  ['src/core/base/x.ts', '// console.log(Date.now())'],
  ['src/core/base/x.ts', "export const f = 'await Promise'"],
  ['src/core/base/x.ts', 'export function* f() { yield 1 }'],
  ['src/io/probe/x.ts', 'export const f = () => Date.now()'],
])('%s may say %s', (path, statement) => {
  expect(verdict(purity, plant(path, statement))).toEqual([])
})
