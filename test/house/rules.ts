// The rules of the house as pure functions: modules in, violations out. The tests beside this file run each of them over the
// project, where it must find nothing, and over a planted violation, which it must name.

import { dotted, isNode, type Module, type Node, nameOf, walk } from './module.ts'

export interface Violation {
  readonly path: string
  /** 1-based; 0 for the file as a whole. */
  readonly line: number
  readonly message: string
}

export type Rule = (modules: readonly Module[]) => Violation[]

export function printViolation({ path, line, message }: Violation): string {
  return line > 0 ? `${path}:${line} ${message}` : `${path} ${message}`
}

// Layers ----------------------------------------------------------------------------------------------------------

/** From the top down. A folder imports itself and lower rows; main.ts stands above the commands because it runs them. */
const rows: readonly (readonly string[])[] = [
  ['main'],
  ['cli'],
  ['app'],
  ['io/config', 'io/store', 'io/probe', 'io/listen', 'io/upstream', 'io/control'],
  ['io/telemetry', 'io/ask', 'io/native'],
  ['core/answer', 'core/transfer'],
  ['core/steer', 'core/dnssec', 'core/guard'],
  ['core/zone', 'core/geo', 'core/health'],
  ['core/wire'],
  ['core/base'],
]

/** The folder a module belongs to, such as `core/wire` for `src/core/wire/rdata/mx.ts`; undefined outside all layers. */
export function folderOf(path: string): string | undefined {
  if (path === 'src/main.ts') return 'main'
  const [src, layer, folder] = path.split('/')
  if (src !== 'src' || layer === undefined) return undefined
  const name = layer === 'app' || layer === 'cli' ? layer : `${layer}/${folder}`
  return rowOf(name) === -1 ? undefined : name
}

function rowOf(folder: string): number {
  return rows.findIndex((row) => row.includes(folder))
}

/** Imports, types included, lead into the own folder or into a lower row. */
export const layers: Rule = (modules) => {
  const known = new Set(modules.map((module) => module.path))
  return modules.flatMap((module) => {
    const from = folderOf(module.path)
    if (from === undefined) return [{ path: module.path, line: 0, message: 'stands in no layer' }]
    return module.imports.flatMap(({ specifier, target, kind, line }) => {
      const say = (message: string): Violation[] => [{ path: module.path, line, message }]
      if (specifier === '?') return say('imports something computed, which no rule can follow')
      if (target === undefined) return []
      const to = folderOf(target)
      if (kind === 'data')
        return to === from || rowOf(from) <= rowOf('app') ? [] : say(`reads ${specifier} from elsewhere`)
      if (!known.has(target)) return say(`imports ${specifier}, which is no module of src`)
      if (to === undefined || to === from || rowOf(to) > rowOf(from)) return []
      return say(`${from} imports ${to}, ${rowOf(to) === rowOf(from) ? 'its neighbour' : 'which stands above it'}`)
    })
  })
}

// Cycles ----------------------------------------------------------------------------------------------------------

/** No module imports itself, directly or through others. Types are erased and thread entries start anew: neither counts. */
export const cycles: Rule = (modules) => {
  const byPath = new Map(modules.map((module) => [module.path, module]))
  const done = new Set<string>()
  const found: Violation[] = []
  const visit = (module: Module, trail: readonly string[]): void => {
    const again = trail.indexOf(module.path)
    if (again !== -1) {
      const ring = [...trail.slice(again), module.path]
      found.push({ path: module.path, line: 0, message: `imports itself: ${ring.join(' → ')}` })
      return
    }
    if (done.has(module.path)) return
    for (const { kind, target } of module.imports) {
      const next = kind === 'value' && target !== undefined ? byPath.get(target) : undefined
      if (next) visit(next, [...trail, module.path])
    }
    done.add(module.path)
  }
  for (const module of modules) visit(module, [])
  return found
}

// Doors -----------------------------------------------------------------------------------------------------------

/** Where each package may be imported: a folder, or one file. */
const doors: Readonly<Record<string, readonly string[]>> = {
  zod: ['src'],
  yaml: ['src/io/config'],
  maxmind: ['src/core/geo/mmdb.ts'],
  'mmdb-lib': ['src/core/geo/mmdb.ts'],
  ioredis: ['src/io/store/redis-client.ts'],
  pino: ['src/io/telemetry/log.ts'],
  dns2: ['src/io/ask'],
  koffi: ['src/io/native'],
  hono: ['src/io/control'],
  '@hono/node-server': ['src/io/control'],
  commander: ['src/cli'],
  '@ip-location-db/geo-whois-asn-country-mmdb': ['src/app', 'src/io/config'],
}

/** Each npm package comes in through one door. */
export const oneDoor: Rule = (modules) =>
  modules.flatMap((module) =>
    module.imports.flatMap(({ specifier, line }) => {
      const name = packageOf(specifier)
      if (name === undefined) return []
      const allowed = doors[name]
      if (allowed?.some((door) => module.path === door || module.path.startsWith(`${door}/`))) return []
      const message = allowed
        ? `imports ${name}, whose door is ${allowed.join(' or ')}`
        : `imports ${name}, which has no door (builtins are written node:${name})`
      return [{ path: module.path, line, message }]
    }),
  )

/** `@a/b` for `@a/b/c`; undefined for relative and builtin modules. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:') || specifier === '?') return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

// Purity ----------------------------------------------------------------------------------------------------------

const impureGlobals = new Set(
  (
    'performance process console crypto globalThis global fetch Promise Worker ' +
    'setTimeout setInterval setImmediate queueMicrotask clearTimeout clearInterval'
  ).split(' '),
)
const impureMembers = new Set(['Date.now', 'Math.random', 'Atomics.wait', 'Atomics.waitAsync', 'Temporal.Now'])

/** The core has no clock, dice, timers, promises, process or files: time and chance are arguments. */
export const purity: Rule = (modules) =>
  modules
    .filter((module) => module.path.startsWith('src/core/'))
    .flatMap((module) => {
      const found: Violation[] = []
      for (const { specifier, line } of module.imports) {
        const name = packageOf(specifier)
        const isMmdb = (name === 'maxmind' || name === 'mmdb-lib') && module.path === 'src/core/geo/mmdb.ts'
        if (specifier.startsWith('node:') || (name !== undefined && name !== 'zod' && !isMmdb)) {
          found.push({ path: module.path, line, message: `the core imports ${specifier}` })
        }
      }
      walk(module.program, (node, parent, key) => {
        const what = impurityOf(node, parent, key)
        if (what !== undefined) {
          found.push({ path: module.path, line: module.lineOf(node), message: `the core uses ${what}` })
        }
      })
      return found
    })

function impurityOf(node: Node, parent: Node | undefined, key: string): string | undefined {
  if (node.type === 'AwaitExpression' || node.await === true) return 'await'
  if (node.async === true) return 'async'
  if (node.type === 'MetaProperty' && nameOf(node.meta) === 'import') return 'import.meta'
  if (node.type === 'ImportExpression') return 'import()'
  if (node.type === 'MemberExpression') {
    const name = dotted(node)
    return name !== undefined && impureMembers.has(name) ? name : undefined
  }
  const isCall = node.type === 'NewExpression' || node.type === 'CallExpression'
  if (isCall && dotted(node.callee) === 'Date' && (node.arguments as unknown[]).length === 0) return 'the time of day'
  if (node.type !== 'Identifier' || isOnlyAName(parent, key)) return undefined
  return impureGlobals.has(node.name as string) ? (node.name as string) : undefined
}

/** Whether an identifier names a member or a key and refers to nothing: `a.process`, `{ process: 1 }`. */
function isOnlyAName(parent: Node | undefined, key: string): boolean {
  if (parent === undefined || parent.computed === true) return false
  if (key === 'property') return parent.type === 'MemberExpression'
  return key === 'key' && parent.shorthand !== true
}

// Shape -----------------------------------------------------------------------------------------------------------

const vagueNames = new Set(['types.ts', 'utils.ts', 'util.ts', 'helpers.ts', 'helper.ts'])

/** Named exports only: a default export has another name at every place that imports it. What Vitest loads must have one. */
export const namedExports: Rule = (modules) =>
  onNodes(modules, (node, module) => {
    if (module.path.endsWith('vitest.config.ts') || module.path.startsWith('test/setup/')) return undefined
    if (node.type === 'ExportDefaultDeclaration') return 'has a default export'
    if (node.type === 'ExportSpecifier' && nameOf(node.exported) === 'default') return 'has a default export'
    return node.type === 'ExportAllDeclaration' ? 'exports *: say what is exported' : undefined
  })

/** What Node cannot strip: enums, namespaces, parameter properties. */
export const erasable: Rule = (modules) =>
  onNodes(modules, (node) => {
    if (node.type === 'TSEnumDeclaration') return 'has an enum: use a const object'
    if (node.type === 'TSParameterProperty') return 'has a parameter property'
    return node.type === 'TSModuleDeclaration' && node.kind !== 'global' && node.declare !== true
      ? 'has a namespace'
      : undefined
  })

/** A module that only passes on what others export hides where things are. */
export const noBarrels: Rule = (modules) =>
  modules.flatMap((module) => {
    const body = module.program.body as readonly Node[]
    const passesOn = body.filter((node) => node.type.startsWith('Export') && isNode(node.source))
    if (body.length === 0 || passesOn.length < body.length) return []
    return [{ path: module.path, line: 1, message: 'is a barrel: import from the modules themselves' }]
  })

/** No module has state: two nodes in one process (the tests run several) would share it. */
export const noModuleState: Rule = (modules) =>
  modules.flatMap((module) =>
    (module.program.body as readonly Node[])
      .map((node) => (node.type === 'ExportNamedDeclaration' && isNode(node.declaration) ? node.declaration : node))
      .filter((node) => node.type === 'VariableDeclaration' && node.declare !== true)
      .flatMap((node) => {
        const line = module.lineOf(node)
        if (node.kind !== 'const')
          return [{ path: module.path, line, message: `has a ${String(node.kind)} at module level` }]
        return (node.declarations as readonly Node[])
          .filter((declared) => isEmptyCollection(declared.init) && !isReadonly(declared.id))
          .map((declared) => {
            return {
              path: module.path,
              line,
              message: `has ${nameOf(declared.id)}, a collection to be filled, at module level`,
            }
          })
      }),
  )

/** `new Map()` or `[]`, which can only be there to be filled later; a table comes with its contents. */
function isEmptyCollection(node: unknown): boolean {
  if (!isNode(node)) return false
  if (node.type === 'ArrayExpression') return (node.elements as unknown[]).length === 0
  if (node.type !== 'NewExpression' || (node.arguments as unknown[]).length > 0) return false
  return ['Map', 'Set', 'WeakMap', 'WeakSet'].includes(dotted(node.callee) ?? '')
}

/** Whether a binding is declared as `readonly X[]`, `ReadonlyMap` or the like: empty for good. */
function isReadonly(binding: unknown): boolean {
  const declared = (binding as { typeAnnotation?: Node }).typeAnnotation?.typeAnnotation
  if (!isNode(declared)) return false
  return declared.type === 'TSTypeOperator'
    ? declared.operator === 'readonly'
    : nameOf(declared.typeName)?.startsWith('Readonly') === true
}

/** File and folder names are kebab-case and say what is inside. */
export const goodNames: Rule = (modules) =>
  modules.flatMap(({ path }) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (vagueNames.has(name)) return [{ path, line: 0, message: `is called ${name}, which says nothing` }]
    const isKebab = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.property)?(\.test|\.config|\.d)?\.ts$/.test(
      path,
    )
    // Suites that follow an RFC carry its section: rfc1034-4.3.2.test.ts.
    if (isKebab || /^test\/rfc\/rfc\d+[a-z0-9.-]*\.test\.ts$/.test(path)) return []
    return [{ path, line: 0, message: 'has a name that is not kebab-case' }]
  })

/** Every file opens with what it is. */
export const openingComment: Rule = (modules) =>
  modules
    .filter(({ text }) => !/^(#!.*\n)?\/[/*]/.test(text))
    .map(({ path }) => ({ path, line: 1, message: 'does not open with a comment that says what it is' }))

export const maxFileLines = 400
export const maxFunctionLines = 60

export const shortFiles: Rule = (modules) =>
  modules
    .filter(({ lines }) => lines > maxFileLines)
    .map(({ path, lines }) => ({ path, line: 0, message: `has ${lines} lines, more than ${maxFileLines}` }))

/**
 * Functions fit on a screen. Lines of functions inside a function are theirs, so that `openX` may return many small ones.
 * `allowed` says `path name` → why; an allowance that nothing needs is a violation as well.
 */
export function shortFunctions(allowed: Readonly<Record<string, string>>): Rule {
  return (modules) => {
    const unused = new Set(Object.keys(allowed))
    const found = modules.flatMap((module) =>
      functionsOf(module).flatMap(({ name, line, lines }) => {
        if (lines <= maxFunctionLines || unused.delete(`${module.path} ${name}`)) return []
        return [{ path: module.path, line, message: `${name} has ${lines} lines, more than ${maxFunctionLines}` }]
      }),
    )
    return [...found, ...[...unused].map((path) => ({ path, line: 0, message: 'is an allowance that nothing needs' }))]
  }
}

interface FunctionLines {
  readonly name: string
  readonly line: number
  readonly lines: number
}

function functionsOf(module: Module): FunctionLines[] {
  const found: FunctionLines[] = []
  const measure = (node: Node, name: string): number => {
    let nested = 0
    eachChild(node, (child, childName) => {
      nested += measure(child, childName)
    })
    if (!isFunction(node)) return nested
    const whole = module.text.slice(node.start, node.end).split('\n').length
    found.push({ name, line: module.lineOf(node), lines: whole - nested })
    return whole - 1
  }
  measure(module.program, '')
  return found
}

/** The outermost functions beneath a node, with their names. */
function eachChild(node: Node, visit: (child: Node, name: string) => void): void {
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!isNode(child)) continue
      if (isFunction(child)) visit(child, nameOf(child.id) ?? nameOf(node.id) ?? nameOf(node.key) ?? `(${key})`)
      else eachChild(child, visit)
    }
  }
}

function isFunction(node: Node): boolean {
  const isOne = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(node.type)
  return isOne && isNode(node.body)
}

function onNodes(modules: readonly Module[], check: (node: Node, module: Module) => string | undefined): Violation[] {
  return modules.flatMap((module) => {
    const found: Violation[] = []
    walk(module.program, (node) => {
      const message = check(node, module)
      if (message !== undefined) found.push({ path: module.path, line: module.lineOf(node), message })
    })
    return found
  })
}
