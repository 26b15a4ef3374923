// No module imports itself through others: what a cycle evaluates first depends on who was asked first.

import { expect, test } from 'vitest'
import { plant, verdict } from './planted.ts'
import { cycles } from './rules.ts'
import { readModules } from './tree.ts'

test('no module of the project imports itself through others', () => {
  expect(verdict(cycles, ...readModules('src'))).toEqual([])
})

const there = 'src/core/wire/there.ts'
const back = plant('src/core/wire/back.ts', "export { x } from './there.ts'")

test.each([
  "import { x } from './back.ts'",
  "import './back.ts'",
  "export { x } from './back.ts'",
  "export const x = () => import('./back.ts')",
])('seen to fail: a ring of two by %s', (statement) => {
  expect(verdict(cycles, plant(there, statement), back)).toEqual([
    `${there} imports itself: ${there} → src/core/wire/back.ts → ${there}`,
  ])
})

test('seen to fail: a ring of three behind a module outside it', () => {
  const ring = [
    plant('src/app/a.ts', "import './b.ts'"),
    plant('src/app/b.ts', "import './c.ts'"),
    plant('src/app/c.ts', "import './d.ts'"),
    plant('src/app/d.ts', "import './b.ts'"),
  ]
  expect(verdict(cycles, ...ring)).toEqual([
    'src/app/b.ts imports itself: src/app/b.ts → src/app/c.ts → src/app/d.ts → src/app/b.ts',
  ])
})

test('seen to fail: a module that imports itself', () => {
  expect(verdict(cycles, plant('src/app/a.ts', "import './a.ts'"))).toEqual([
    'src/app/a.ts imports itself: src/app/a.ts → src/app/a.ts',
  ])
})

test('types and thread entries close no ring', () => {
  for (const statement of [
    "import type { X } from './back.ts'",
    "export const x = new URL('./back.ts', import.meta.url)",
  ]) {
    expect(verdict(cycles, plant(there, statement), back)).toEqual([])
  }
})
