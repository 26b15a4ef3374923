// yaml's tree → plain data. Ours and not yaml's, because on the way it finds duplicate keys in linear time, aliases that lead
// nowhere, to themselves or to too much, and remembers where aliases and merge keys (`<<`) lead.

import { type Alias, isAlias, isMap, isScalar, isSeq, type Pair, Scalar, type YAMLMap } from 'yaml'

export interface Misread {
  readonly offset: number
  readonly path: readonly (string | number)[]
  readonly message: string
  /** Offset of an earlier thing that this one repeats. */
  readonly repeats?: number
}

export interface Converted {
  readonly data: unknown
  /** Whether the data are good enough for looking for further mistakes in them. */
  readonly isWhole: boolean
  readonly mistakes: readonly Misread[]
  readonly targets: ReadonlyMap<Alias, unknown>
  /** For a pair whose key is `<<`: the maps it merges, the strongest first. */
  readonly merges: ReadonlyMap<Pair, readonly YAMLMap[]>
}

/** Nodes that aliases may add to a document: a thousand shared settings are far below, an alias bomb is far above. */
const MOST_ADDED = 200_000

/** No configuration is as deep as this; what reads the data is recursive. */
const DEEPEST = 100

interface Anchor {
  readonly node: unknown
  data: unknown
  /** Nodes in it, those of aliases included. */
  weight: number
  isOpen: boolean
}

interface Walk {
  readonly path: (string | number)[]
  readonly anchors: Map<string, Anchor>
  readonly mistakes: Misread[]
  readonly targets: Map<Alias, unknown>
  readonly merges: Map<Pair, readonly YAMLMap[]>
  /** Nodes so far. */
  weight: number
  added: number
  isWhole: boolean
}

export function convert(root: unknown): Converted {
  const walk: Walk = {
    path: [],
    anchors: new Map(),
    mistakes: [],
    targets: new Map(),
    merges: new Map(),
    weight: 0,
    added: 0,
    isWhole: true,
  }
  const data = convertNode(root, walk)
  return { data, isWhole: walk.isWhole, mistakes: walk.mistakes, targets: walk.targets, merges: walk.merges }
}

function convertNode(node: unknown, walk: Walk): unknown {
  if (isAlias(node)) return convertAlias(node, walk)
  const name = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined
  if (name === undefined) return convertBare(node, walk)
  const anchor: Anchor = { node, data: null, weight: walk.weight, isOpen: true }
  walk.anchors.set(name, anchor)
  anchor.data = convertBare(node, walk)
  anchor.weight = walk.weight - anchor.weight
  anchor.isOpen = false
  return anchor.data
}

function convertBare(node: unknown, walk: Walk): unknown {
  walk.weight++
  if (walk.path.length > DEEPEST) {
    blame(walk, node, `expected at most ${DEEPEST} levels, found more`)
    return fail(walk)
  }
  if (isMap(node)) return convertMap(node, walk)
  if (isSeq(node)) return node.items.map((item, i) => inside(walk, i, () => convertNode(item, walk)))
  return isScalar(node) ? (node.value ?? null) : null
}

function convertAlias(alias: Alias, walk: Walk): unknown {
  const anchor = walk.anchors.get(alias.source)
  if (!anchor || anchor.isOpen) {
    const known = anchor ? 'an alias inside its own anchor' : `"*${alias.source}" without an anchor before it`
    blame(walk, alias, `expected an alias of an earlier anchor, found ${known}`)
    return fail(walk)
  }
  const before = walk.added
  walk.added += anchor.weight
  walk.weight += anchor.weight
  if (walk.added > MOST_ADDED) {
    if (before <= MOST_ADDED) blame(walk, alias, 'expected fewer aliases, found a document that they make too large')
    return fail(walk)
  }
  walk.targets.set(alias, anchor.node)
  return anchor.data
}

function fail(walk: Walk): null {
  walk.isWhole = false
  return null
}

function convertMap(map: YAMLMap, walk: Walk): object {
  const data = {}
  const first = new Map<string, Pair>()
  for (const pair of map.items) {
    if (isMerge(pair)) continue
    const key = keyOf(pair)
    const value = inside(walk, key, () => convertNode(pair.value, walk))
    const earlier = first.get(key)
    if (earlier) {
      inside(walk, key, () =>
        blame(walk, pair.key, `expected each key once, found "${key}" again`, offsetOf(earlier.key)),
      )
      continue
    }
    first.set(key, pair)
    setKey(data, key, value)
  }
  for (const pair of map.items) if (isMerge(pair)) merge(pair, data, walk)
  return data
}

/** Keys are text: yaml was told so. */
export function keyOf(pair: Pair): string {
  return isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : ''
}

// Only a plain `<<` merges; "<<" in quotes is a key like any other.
function isMerge(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === Scalar.PLAIN
}

// https://yaml.org/type/merge.html: what stands in the map itself wins, then the earlier of the maps merged.
function merge(pair: Pair, data: object, walk: Walk): void {
  const sources = isSeq(pair.value) ? pair.value.items : [pair.value]
  const maps: YAMLMap[] = []
  for (const source of sources) {
    const value = inside(walk, '<<', () => convertNode(source, walk))
    const node = isAlias(source) ? walk.targets.get(source) : source
    if (isMap(node)) {
      maps.push(node)
      for (const [key, inner] of Object.entries(value as object))
        if (!Object.hasOwn(data, key)) setKey(data, key, inner)
    } else if (walk.isWhole) {
      inside(walk, '<<', () => blame(walk, source, 'expected a map to merge, or a list of such'))
    }
  }
  walk.merges.set(pair, maps)
}

/** A key of its own even where it is called `__proto__`. */
function setKey(data: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(data, key, { value, enumerable: true, configurable: true, writable: true })
  else (data as Record<string, unknown>)[key] = value
}

function inside<T>(walk: Walk, step: string | number, run: () => T): T {
  walk.path.push(step)
  const result = run()
  walk.path.pop()
  return result
}

function blame(walk: Walk, node: unknown, message: string, repeats?: number): void {
  const mistake = { offset: offsetOf(node) ?? 0, path: [...walk.path], message }
  walk.mistakes.push(repeats === undefined ? mistake : { ...mistake, repeats })
}

/** Where a node begins in the text. */
export function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined
  const range = node.range as readonly number[] | null | undefined
  return range?.[0]
}
