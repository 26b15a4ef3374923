// One TypeScript file as the rules of the house see it: its text, its syntax tree and what it imports.
//
// The parser is Vite's own (oxc), which Vitest hands on: rules that read text with regular expressions miss what stands on
// two lines and stumble over what stands in a comment.

import { posix } from 'node:path'
import { parseAst } from 'vitest/node'

export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** `value` is there at run time, `type` is erased, `thread` is the entry of a worker, `data` is a file that is not code. */
export type ImportKind = 'value' | 'type' | 'thread' | 'data'

export interface Import {
  readonly kind: ImportKind
  readonly specifier: string
  /** The path from the root of the project where the specifier is relative; else undefined. */
  readonly target: string | undefined
  readonly line: number
}

export interface Module {
  /** From the root of the project, with slashes: `src/core/wire/name.ts`. */
  readonly path: string
  readonly text: string
  readonly lines: number
  readonly program: Node
  readonly imports: readonly Import[]
  lineOf(node: Node): number
}

/** Reads one module; throws where it is not TypeScript. */
export function readModule(path: string, text: string): Module {
  const program = parseAst(text, { lang: 'ts' }) as unknown as Node
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const lineOf = (node: Node): number => {
    let line = starts.length
    while (starts[line - 1]! > node.start) line--
    return line
  }
  const imports: Import[] = []
  walk(program, (node) => {
    for (const [kind, specifier] of importsOf(node)) {
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined
      imports.push({ kind, specifier, target, line: lineOf(node) })
    }
  })
  const lines = text.endsWith('\n') ? starts.length - 1 : starts.length
  return { path, text, lines, program, imports, lineOf }
}

/** Visits a node and all beneath it; `key` is where it stands in its parent. */
export function walk(
  node: Node,
  visit: (node: Node, parent: Node | undefined, key: string) => void,
  parent?: Node,
  key = '',
): void {
  visit(node, parent, key)
  for (const [name, value] of Object.entries(node)) {
    if (isNode(value)) walk(value, visit, node, name)
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) walk(item, visit, node, name)
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

/** The text of a string literal. */
function textOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}

/** The name of an identifier, or the text of a string literal. */
export function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  return node.type === 'Identifier' || node.type === 'PrivateIdentifier' ? (node.name as string) : textOf(node)
}

/** `Date.now` for the member expression, `Date` for the identifier; undefined for anything less plain. */
export function dotted(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Identifier') return node.name as string
  if (node.type === 'MetaProperty') return `${nameOf(node.meta)}.${nameOf(node.property)}`
  if (node.type !== 'MemberExpression') return undefined
  const property = node.computed === true ? textOf(node.property) : nameOf(node.property)
  const object = dotted(node.object)
  return object === undefined || property === undefined ? undefined : `${object}.${property}`
}

/** What a single node imports. A dynamic import of something computed is reported as the specifier `?`. */
function importsOf(node: Node): readonly (readonly [ImportKind, string])[] {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration': {
      const specifier = textOf(node.source)
      if (specifier === undefined) return []
      if (specifier.endsWith('.json')) return [['data', specifier]]
      // `import { type A } from 'x'` still loads x at run time (verbatimModuleSyntax); only `import type` is erased.
      return [[node.importKind === 'type' || node.exportKind === 'type' ? 'type' : 'value', specifier]]
    }
    case 'ImportExpression':
      return [['value', textOf(node.source) ?? '?']]
    case 'TSImportType':
      return [['type', textOf(node.source) ?? '?']]
    case 'TSExternalModuleReference':
      return [['value', textOf(node.expression) ?? '?']]
    case 'NewExpression':
    case 'CallExpression':
      return importsOfCall(node)
    default:
      return []
  }
}

/** Calls that load: `new URL('./x.ts', import.meta.url)`, `import.meta.resolve('x')`, `require('x')`, `require.resolve('x')`. */
function importsOfCall(node: Node): readonly (readonly [ImportKind, string])[] {
  const callee = dotted(node.callee)
  const [first, second] = node.arguments as readonly Node[]
  const specifier = textOf(first)
  if (specifier === undefined) return callee === 'require' ? [['value', '?']] : []
  if (node.type === 'NewExpression') {
    if (callee !== 'URL' || dotted(second) !== 'import.meta.url') return []
    return [[specifier.endsWith('.ts') ? 'thread' : 'data', specifier]]
  }
  if (callee === 'require') return [['value', specifier]]
  if (callee !== 'import.meta.resolve' && callee !== 'require.resolve') return []
  return [[specifier.startsWith('.') && specifier.endsWith('.ts') ? 'thread' : 'data', specifier]]
}
