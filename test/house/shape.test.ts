// What modules look like: named exports, no enums, no state, short files and functions, an opening comment, telling names.

import { describe, expect, test } from 'vitest'
import { plant, verdict } from './planted.ts'
import {
  erasable,
  goodNames,
  maxFileLines,
  maxFunctionLines,
  namedExports,
  noBarrels,
  noModuleState,
  openingComment,
  shortFiles,
  shortFunctions,
} from './rules.ts'
import { readModules } from './tree.ts'

/** Functions that are longer than the rule says, and why. */
const longFunctions = {
  'src/core/base/siphash.ts siphash':
    'unrolled 64-bit arithmetic in 32-bit halves: a helper per round would allocate or be slow',
}

describe('the project', () => {
  const src = readModules('src')
  const program = [...src, ...readModules('bench'), ...readModules('tools')]
  const all = [...program, ...readModules('test')]

  test.each([
    ['has named exports only', namedExports, all],
    ['is erasable TypeScript', erasable, all],
    ['has no barrels', noBarrels, all],
    ['has telling names', goodNames, all],
    ['says at the head of each file what it is', openingComment, program],
    ['has no state at import', noModuleState, src],
    ['has short files', shortFiles, src],
    ['has short functions', shortFunctions(longFunctions), src],
  ] as const)('%s', (_, rule, modules) => {
    expect(modules.length).toBeGreaterThan(10)
    expect(verdict(rule, ...modules)).toEqual([])
  })
})

describe('seen to fail', () => {
  const path = 'src/app/x.ts'

  test.each([
    ['export default function f() {}', namedExports, 'has a default export'],
    ['export default 1', namedExports, 'has a default export'],
    ['const x = 1\nexport { x as default }', namedExports, 'has a default export'],
    ["export { default } from './y.ts'", namedExports, 'has a default export'],
    ["export * from './y.ts'", namedExports, 'exports *: say what is exported'],
    ["export * as y from './y.ts'", namedExports, 'exports *: say what is exported'],
    ['export enum E { a }', erasable, 'has an enum: use a const object'],
    ['const enum E { a }', erasable, 'has an enum: use a const object'],
    ['export class C { constructor(readonly x: number) {} }', erasable, 'has a parameter property'],
    ['export namespace N { export const x = 1 }', erasable, 'has a namespace'],
    ['let x = 1', noModuleState, 'has a let at module level'],
    ['export let x = 1', noModuleState, 'has a let at module level'],
    ['var x = 1', noModuleState, 'has a var at module level'],
    ['const cache = new Map<string, string>()', noModuleState, 'has cache, a collection to be filled, at module level'],
    ['export const seen = new Set()', noModuleState, 'has seen, a collection to be filled, at module level'],
    ['const list: string[] = []', noModuleState, 'has list, a collection to be filled, at module level'],
  ] as const)('%s', (statement, rule, message) => {
    const violations = rule([plant(path, statement)])
    expect(violations.map((violation) => violation.message)).toEqual([message])
  })

  test('a barrel', () => {
    const barrel = plant(path, "export { a } from './a.ts'", "export type { B } from './b.ts'")
    expect(verdict(noBarrels, barrel)).toEqual([`${path}:1 is a barrel: import from the modules themselves`])
  })

  test.each(['src/app/types.ts', 'src/core/wire/utils.ts', 'src/io/probe/helpers.ts'])('the name %s', (name) => {
    expect(verdict(goodNames, plant(name))).toEqual([`${name} is called ${name.split('/').at(-1)}, which says nothing`])
  })

  test.each([
    'src/app/packetWorker.ts',
    'src/core/Wire/name.ts',
    'src/app/packet_worker.ts',
    'test/rfc4592-2.2.test.ts',
  ])('the name %s', (name) => {
    expect(verdict(goodNames, plant(name))).toEqual([`${name} has a name that is not kebab-case`])
  })

  test('a file that does not open with a comment', () => {
    const silent = { ...plant(path), text: 'export const x = 1\n// late\n' }
    expect(verdict(openingComment, silent)).toEqual([`${path}:1 does not open with a comment that says what it is`])
  })

  test('a long file', () => {
    const file = (lines: number) => plant(path, ...Array.from({ length: lines - 1 }, () => '// .'))
    expect(verdict(shortFiles, file(maxFileLines))).toEqual([])
    expect(verdict(shortFiles, file(maxFileLines + 1))).toEqual([`${path} has 401 lines, more than 400`])
  })

  const body = (lines: number) => Array.from({ length: lines - 2 }, () => '  //')

  test.each([
    ['f', 'export function f() {', '}'],
    ['f', 'export const f = () => {', '}'],
    ['f', 'class C { f() {', '} }'],
    ['f', 'export const o = { f() {', '} }'],
    ['f', 'export const o = { f: function () {', '} }'],
    ['(arguments)', 'g(() => {', '})'],
  ])('a long function %s, written %s', (name, open, close) => {
    expect(verdict(shortFunctions({}), plant(path, open, ...body(maxFunctionLines), close))).toEqual([])
    expect(verdict(shortFunctions({}), plant(path, open, ...body(maxFunctionLines + 1), close))).toEqual([
      `${path}:2 ${name} has 61 lines, more than 60`,
    ])
  })

  test('a long function within a function, but not the one around it', () => {
    const nested = plant(path, 'export function outer() {', '  return () => {', ...body(70), '  }', '}')
    expect(verdict(shortFunctions({}), nested)).toEqual([`${path}:3 (argument) has 70 lines, more than 60`])
  })

  test('an allowance that nothing needs', () => {
    const allowed = { [`${path} f`]: 'it was long once' }
    expect(verdict(shortFunctions(allowed), plant(path, 'export function f() {}'))).toEqual([
      `${path} f is an allowance that nothing needs`,
    ])
    expect(verdict(shortFunctions(allowed), plant(path, 'export function f() {', ...body(99), '}'))).toEqual([])
  })
})

test.each([
  ["export const x = new Map([['a', 1]])", noModuleState],
  ['const none: readonly number[] = []', noModuleState],
  ['const none: ReadonlyMap<string, string> = new Map()', noModuleState],
  ['export const f = () => { let x = 1; const y = []; return x + y.length }', noModuleState],
  ['declare global { interface Array<T> { x: T } }\nexport {}', erasable],
  ["export { a } from './a.ts'\nexport const b = 1", noBarrels],
] as const)('%s is fine', (statement, rule) => {
  expect(verdict(rule, plant('src/app/x.ts', statement))).toEqual([])
})

test.each([
  'src/core/wire/rdata/nsec3.ts',
  'src/io/listen/udp-batched.ts',
  'test/rfc/rfc1034-4.3.2.test.ts',
  'test/core/x.property.test.ts',
  'test/interop/vitest.config.ts',
])('%s is a good name', (name) => {
  expect(verdict(goodNames, plant(name))).toEqual([])
})
