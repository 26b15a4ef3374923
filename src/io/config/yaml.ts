// The door to yaml: text → plain data that knows where each part stands (YAML 1.2 core schema, whatever %YAML says).
// Surprising: keys stay as they are written (`1.20:` is the key "1.20", as names in reverse zones need), and duplicate keys are
// found here because yaml's own search takes quadratic time in large maps.

import { isAlias, isMap, isSeq, LineCounter, type Pair, parseDocument, type YAMLMap } from 'yaml'
import { type Problem, printPath } from '../../core/base/problem.ts'
import { type Converted, convert, keyOf, offsetOf } from './convert.ts'
import { printSyntaxError, TOO_DEEP } from './syntax-error.ts'

export type Path = readonly (string | number)[]

export interface Position {
  /** 1-based. */
  readonly line: number
  readonly col: number
}

/** Where a value came from: what comes from outside the file must not be shown, and what could not be had is no second mistake. */
export type Origin = 'text' | 'secret' | 'missing'

export interface SourceDocument {
  readonly file: string
  /** Plain data; null for an empty document, undefined where the text could not be read. */
  readonly data: unknown
  readonly problems: readonly Problem[]
  /** Never throws: a path that leads nowhere has the place of its nearest ancestor. */
  locate(path: Path, at?: 'key' | 'value'): Position
  origin(path: Path): Origin
}

export function readDocument(file: string, text: string): SourceDocument {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  const lines = new LineCounter()
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return line < 1 ? { line: 1, col: 1 } : { line, col }
  }
  const problem = (at: Position, path: Path, message: string, hint?: string): Problem => {
    const made = { file, ...at, path: printPath(path), message, severity: 'error' as const }
    return hint === undefined ? made : { ...made, hint }
  }
  const unreadable = (problems: readonly Problem[]): SourceDocument => ({
    file,
    data: undefined,
    problems,
    locate: () => ({ line: 1, col: 1 }),
    origin: () => 'text',
  })
  try {
    const document = parseDocument(source, {
      lineCounter: lines,
      version: '1.2',
      schema: 'core',
      stringKeys: true,
      uniqueKeys: false,
      resolveKnownTags: false,
      prettyErrors: false,
      logLevel: 'error', // "silent" would also hide a second document
    })
    const errors = [...document.errors, ...document.warnings]
    if (errors.length > 0) {
      return unreadable(
        firstOfEachLine(errors.map((error) => problem(place(error.pos[0]), [], printSyntaxError(error, source)))),
      )
    }
    const converted = convert(document.contents)
    const problems = converted.mistakes.map(({ offset, path, message, repeats }) => {
      const hint = repeats === undefined ? undefined : `the first is in line ${place(repeats).line}`
      return problem(place(offset), path, message, hint)
    })
    const data = converted.isWhole ? converted.data : undefined
    return { file, data, problems, locate: locator(document.contents, converted, place), origin: () => 'text' }
  } catch (error) {
    // yaml is recursive, and so are we: absurd nesting ends here and nowhere else.
    if (!(error instanceof RangeError)) throw error
    return unreadable([problem({ line: 1, col: 1 }, [], TOO_DEEP)])
  }
}

// One slip often makes yaml stumble several times in a line; only the first is worth reading.
function firstOfEachLine(problems: readonly Problem[]): Problem[] {
  const seen = new Set<number>()
  return problems.filter(({ line }) => !seen.has(line) && seen.add(line))
}

function locator(root: unknown, converted: Converted, place: (offset: number) => Position): SourceDocument['locate'] {
  const pairs = new WeakMap<YAMLMap, Map<string, Pair>>()
  const pairsOf = (map: YAMLMap): Map<string, Pair> => {
    let index = pairs.get(map)
    if (!index) pairs.set(map, (index = indexPairs(map, converted, pairsOf)))
    return index
  }
  return (path, at = 'value') => {
    let node = root
    let offset = offsetOf(root) ?? 0
    for (const [depth, step] of path.entries()) {
      const inside = isAlias(node) ? converted.targets.get(node) : node
      const isLast = depth === path.length - 1
      if (isSeq(inside)) {
        if (typeof step !== 'number' || step < 0 || step >= inside.items.length) break
        node = inside.items[step]
        offset = offsetOf(node) ?? offset
      } else if (isMap(inside)) {
        const pair = pairsOf(inside).get(String(step))
        if (!pair) break
        node = pair.value
        const key = offsetOf(pair.key) ?? offset
        offset = isLast && at === 'key' ? key : (offsetOf(node) ?? key)
      } else break
    }
    return place(offset)
  }
}

// What `data` has is found first: own keys, the first of each, then those merged in.
function indexPairs(
  map: YAMLMap,
  converted: Converted,
  pairsOf: (map: YAMLMap) => Map<string, Pair>,
): Map<string, Pair> {
  const index = new Map<string, Pair>()
  for (const pair of map.items) {
    const key = keyOf(pair)
    if (!index.has(key) && !converted.merges.has(pair)) index.set(key, pair)
  }
  for (const pair of map.items) {
    for (const merged of converted.merges.get(pair) ?? []) {
      for (const [key, inner] of pairsOf(merged)) if (!index.has(key)) index.set(key, inner)
    }
  }
  return index
}
