// What differs between two configurations: every steered name and type for every class of clients, and every static record. Shares
// are compared and not throws of the dice, so a changed weight shows as a changed share, and chance shows as nothing.

import type { Address, Prefix } from '../../core/base/address.ts'
import { printName } from '../../core/wire/name.ts'
import { printType } from '../../io/ask/mnemonic.ts'
import { type Asker, openAsker, requestFor } from './ask.ts'
import { classesOf, type ClientClass } from './classes.ts'
import { type Holding, holdingsOf } from './names.ts'
import { bytesOf } from './ranges.ts'
import { linesOf } from './response-lines.ts'
import { isSameAnswer, isSameTtl, openSharer, type Sharer, type Shares } from './shares.ts'
import type { Stage } from './stage.ts'

export type Kind = 'answer' | 'ttl' | 'scope'

/** A steered name that some clients get another answer for. */
export interface SteeredDifference {
  readonly name: string
  readonly type: string
  readonly kinds: readonly Kind[]
  readonly classes: ClientClass[]
  readonly old: Shares
  readonly new: Shares
  /** Old and new scope, as `/18 → /20`, where nothing else differs. */
  readonly scopes: Set<string>
}

/** A record, or a whole zone (`type` is `zone`), that is the same for everybody. */
export interface StaticDifference {
  readonly name: string
  readonly type: string
  readonly old: readonly string[]
  readonly new: readonly string[]
}

export interface Difference {
  readonly steered: readonly SteeredDifference[]
  readonly static: readonly StaticDifference[]
  readonly classes: readonly ClientClass[]
  /** How many names with a type were asked for. */
  readonly asked: { readonly steered: number; readonly static: number }
  /** Whether some shares are samples. */
  readonly isExact: boolean
}

const LOOPBACK: Address = { family: 4, bytes: Uint8Array.from([127, 0, 0, 1]) }
/** Clients of a class that are asked for where the answer hangs on the client's own address. */
const CLIENTS = 256

/** The same of both configurations. */
export interface Pair<Value> {
  readonly old: Value
  readonly new: Value
}

/** A question, and who has a service for it. */
interface Asked extends Holding {
  readonly key: string
  readonly isSteered: boolean
}

export function findDifference(
  stages: Pair<Stage>,
  nowSec: number,
  progress: (done: number, of: number) => void = () => undefined,
): Difference {
  const askers = { old: openAsker(stages.old), new: openAsker(stages.new) }
  const { questions, zones } = gatherQuestions(stages)
  const fixed = questions.filter(({ isSteered }) => !isSteered)
  const steered = questions.filter(({ isSteered }) => isSteered)
  const unequal = fixed.flatMap((question) => compareStatic(askers, question, nowSec) ?? [])
  const classes = classesOf(stages.old, stages.new)
  const sharers = { old: openSharer(askers.old, nowSec), new: openSharer(askers.new, nowSec) }
  const interned = openIntern()
  const found = steered.flatMap((question, i) => {
    progress(i, steered.length)
    return compareSteered(sharers, question, classes, interned)
  })
  return {
    steered: found,
    static: [...zones, ...unequal],
    classes,
    asked: { steered: steered.length, static: fixed.length },
    isExact: interned.isExact(),
  }
}

/** What either of them holds; a zone that only one has is one difference. */
function gatherQuestions(stages: Pair<Stage>): { questions: Asked[]; zones: StaticDifference[] } {
  const zones: StaticDifference[] = []
  const questions = new Map<string, Asked>()
  const namesOf = (stage: Stage): readonly string[] => stage.loaded.names.zones
  for (const side of ['old', 'new'] as const) {
    const other = namesOf(stages[side === 'old' ? 'new' : 'old'])
    for (const [index, zone] of namesOf(stages[side]).entries()) {
      const holdings = holdingsOf(stages[side], index)
      if (other.includes(zone)) for (const holding of holdings) addQuestion(questions, holding)
      else {
        const size = [`${holdings.length} names and types`]
        const [old, fresh] = side === 'old' ? [size, ['not served']] : [['not served'], size]
        zones.push({ name: `${zone}.`, type: 'zone', old, new: fresh })
      }
    }
  }
  return { questions: [...questions.values()], zones }
}

function addQuestion(questions: Map<string, Asked>, holding: Holding): void {
  const key = `${printName(holding.name)} ${printType(holding.type)}`
  const known = questions.get(key)
  const isSteered = holding.service !== undefined || known?.isSteered === true
  const usesBucket = holding.usesBucket || known?.usesBucket === true
  questions.set(key, { ...holding, key, isSteered, usesBucket })
}

function compareStatic(askers: Pair<Asker>, { name, type }: Asked, nowSec: number): StaticDifference | undefined {
  const request = requestFor(name, type, undefined, LOOPBACK)
  const before = askers.old.ask(request, LOOPBACK, nowSec).bytes
  const after = askers.new.ask(request, LOOPBACK, nowSec).bytes
  if (Buffer.compare(before, after) === 0) return undefined
  const [old, fresh] = [linesOf(before, type), linesOf(after, type)]
  if (old.join('\n') === fresh.join('\n')) return undefined
  const isIn = (lines: readonly string[]) => (line: string) => !lines.includes(line)
  return {
    name: printName(name),
    type: printType(type),
    old: old.filter(isIn(fresh)),
    new: fresh.filter(isIn(old)),
  }
}

function compareSteered(
  sharers: Pair<Sharer>,
  question: Asked,
  classes: readonly ClientClass[],
  interned: Intern,
): SteeredDifference[] {
  const found = new Map<string, SteeredDifference>()
  for (const each of classes) {
    const clients = question.usesBucket ? clientsOf(each) : [each.address]
    const old = sharesOf(sharers.old, question, each.family, clients, interned)
    const fresh = sharesOf(sharers.new, question, each.family, clients, interned)
    const kinds: Kind[] = []
    if (!isSameAnswer(old.shares, fresh.shares)) kinds.push('answer')
    if (!isSameTtl(old.shares, fresh.shares)) kinds.push('ttl')
    if (kinds.length === 0) {
      if (old.scope === fresh.scope) continue
      kinds.push('scope')
    }
    const key = `${kinds.join()} ${interned.idOf(old.shares)} ${interned.idOf(fresh.shares)}`
    let difference = found.get(key)
    if (!difference) {
      const [name, type] = [printName(question.name), printType(question.type)]
      difference = { name, type, kinds, classes: [], old: old.shares, new: fresh.shares, scopes: new Set() }
      found.set(key, difference)
    }
    difference.classes.push(each)
    if (kinds[0] === 'scope') difference.scopes.add(`/${old.scope} → /${fresh.scope}`)
  }
  // Scopes follow from what the neighbours get: where answers change, scopes beside them do, and say nothing of their own.
  const all = [...found.values()]
  const more = all.filter(({ kinds }) => kinds[0] !== 'scope')
  return more.length > 0 ? more : all
}

function sharesOf(
  sharer: Sharer,
  { key, name, type }: Asked,
  family: 4 | 6,
  clients: readonly Uint8Array[],
  interned: Intern,
): { shares: Shares; scope: number } {
  const all = clients.map((bytes) => {
    const client: Prefix = { family, bytes, length: family === 4 ? 32 : 128 }
    return sharer.sharesFor(key, requestFor(name, type, client, client), client)
  })
  const [first] = all as [(typeof all)[0]]
  const shares = all.length === 1 ? first.shares : mix(all.map((each) => each.shares))
  return { shares: interned.intern(shares), scope: first.scope }
}

/** Clients of a class, spread over its widest stretches, each in a network of its own. */
function clientsOf({ family, stretches, address }: ClientClass): Uint8Array[] {
  const clients = [address]
  const step = family === 4 ? 8n : 72n
  for (let i = 1; i < CLIENTS; i++) {
    const { from, to } = stretches[i % stretches.length]!
    const networks = (to - from + 1n) >> step
    if (networks > 0n) clients.push(bytesOf(from + (((BigInt(i) * 0x9e3779b97f4a7c15n) % networks) << step), family))
  }
  return clients
}

function mix(all: readonly Shares[]): Shares {
  const pools = new Map<string, number>()
  const records = new Map<string, { label: string; pool: string | undefined; share: number }>()
  for (const shares of all) {
    for (const [pool, share] of shares.pools) pools.set(pool, (pools.get(pool) ?? 0) + share / all.length)
    for (const [data, { label, pool, share }] of shares.records) {
      const record = records.get(data)
      if (record) record.share += share / all.length
      else records.set(data, { label, pool, share: share / all.length })
    }
  }
  return {
    ...all[0]!,
    rcode: Math.max(...all.map(({ rcode }) => rcode)),
    pools,
    records,
    most: Math.max(...all.map(({ most }) => most)),
    ttlSec: [Math.min(...all.map(({ ttlSec }) => ttlSec[0])), Math.max(...all.map(({ ttlSec }) => ttlSec[1]))],
    isExact: false,
    tolerance: Math.max(...all.map(({ tolerance }) => tolerance)),
  }
}

interface Intern {
  /** One object for all shares with the same content. */
  intern(shares: Shares): Shares
  idOf(shares: Shares): number
  isExact(): boolean
}

function openIntern(): Intern {
  const known = new Map<Shares, Shares>()
  const byContent = new Map<string, Shares>()
  const ids = new Map<Shares, number>()
  return {
    intern(shares) {
      const seen = known.get(shares)
      if (seen) return seen
      const { rcode, most, ttlSec, records, pools } = shares
      const parts = [...records].map(([data, { share, pool }]) => `${data} ${pool ?? ''} ${share.toFixed(9)}`)
      const chosen = [...pools].map(([pool, share]) => `${pool} ${share.toFixed(9)}`)
      const content = [rcode, most, ...ttlSec, ...parts.sort(), ...chosen.sort()].join('|')
      const same = byContent.get(content) ?? shares
      byContent.set(content, same)
      known.set(shares, same)
      if (!ids.has(same)) ids.set(same, ids.size)
      return same
    },
    idOf: (shares) => ids.get(shares)!,
    isExact: () => [...ids.keys()].every(({ isExact }) => isExact),
  }
}
