// The targets of a pool as its configuration says, and what is wrong with them.

import { Type } from '../wire/message.ts'
import { type PoolConfig, type TargetPlan, targetKinds } from './config.ts'
import type { Path } from './policy.ts'
import { joinPool, parseAddressTarget, type ParsedTarget, parseRecordTarget, recordKinds } from './target.ts'

/** A target without what health adds to it. */
export interface PooledTarget extends Pick<TargetPlan, 'text' | 'type' | 'rdata' | 'hints'> {
  /** Undefined for a record, which has none. */
  readonly address: string | undefined
  /** Whether it is up while the addresses of its pool are, unless it is probed itself. */
  readonly mayFollow: boolean
}

type Problem = (path: Path, message: string, hint?: string) => void

interface Written extends ParsedTarget {
  readonly index: number
  readonly kind: string
  readonly text: string
  readonly address: string | undefined
}

/** By index in the configuration; undefined for what is wrong and has been reported. Names belong to `origin`, if there is one. */
export function pooledTargets(
  pool: PoolConfig,
  origin: Uint8Array | undefined,
  problem: Problem,
): readonly (PooledTarget | undefined)[] {
  const written = pool.targets.flatMap((_, i) => readTarget(pool, i, origin, problem) ?? [])
  reportTwins(written, problem)
  reportAliases(pool, written, problem)
  const hasAddresses = written.some(({ address }) => address !== undefined)
  // Hints refer to targets by where they stand in the plan, which has only those that could be read.
  const pooled = written.map((target): PooledTarget | undefined => {
    const joined = joinPool(target, written)
    if (typeof joined !== 'string') {
      const { text, type, address } = target
      return { text, type, address, ...joined, mayFollow: hasAddresses && address === undefined }
    }
    problem(['targets', target.index, target.kind], joined)
    return undefined
  })
  return pool.targets.map((_, i) => pooled[written.findIndex(({ index }) => index === i)])
}

function readTarget(
  pool: PoolConfig,
  index: number,
  origin: Uint8Array | undefined,
  problem: Problem,
): Written | undefined {
  const target = pool.targets[index]!
  const kind = targetKinds.find((each) => target[each] !== undefined)!
  const text = target[kind]!
  const { address } = target
  if (address !== undefined) return { ...parseAddressTarget(address), index, kind, text, address }
  const type = recordKinds.get(kind)!
  const parsed = parseRecordTarget(type, text, origin)
  if (typeof parsed !== 'string')
    return { ...parsed, index, kind, text: `${type.name} ${text.replace(/\s+/g, ' ').trim()}`, address }
  const isAbsolute = origin === undefined && typeof parseRecordTarget(type, text, new Uint8Array(1)) !== 'string'
  const hint = 'a pool of an included file belongs to no zone: write the whole name, with a final dot'
  problem(['targets', index, kind], parsed, isAbsolute ? hint : undefined)
  return undefined
}

function reportTwins(written: readonly Written[], problem: Problem): void {
  const seen = new Set<string>()
  for (const { index, kind, text, address, type, rdata } of written) {
    const key = `${type} ${rdata.join(' ')}`
    if (seen.has(key)) {
      const what = address === undefined ? 'target' : 'address'
      problem(['targets', index, kind], `expected each ${what} once, found ${text} again`)
    }
    seen.add(key)
  }
}

/** A name has one CNAME and nothing beside it (RFC 1034 §3.6.2, RFC 2181 §10.1). */
function reportAliases(pool: PoolConfig, written: readonly Written[], problem: Problem): void {
  const aliases = written.filter(({ type }) => type === Type.CNAME)
  if (aliases.length === 0) return
  const other = written.find(({ type }) => type !== Type.CNAME)
  if (other)
    problem(
      ['targets', aliases[0]!.index, 'cname'],
      `expected CNAME targets alone in a pool, found ${other.text} beside one`,
    )
  else if (pool.answers !== undefined && pool.answers > 1)
    problem(
      ['answers'],
      `expected 1 for a pool of CNAME targets, found ${pool.answers}`,
      'a name has one CNAME at a time',
    )
}
