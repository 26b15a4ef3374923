// What a client can get, with the odds: all outcomes of the dice, and not one throw. The dice of the context are replaced by a
// hand that lays them, and every face that changes something is found: members of a node stand behind stretches of the number
// that is drawn, so their ends are found by halving. Shares are exact but where there are too many outcomes to follow all of
// them (several of many targets, drawn without replacement); those are sampled evenly.
//
// Clients of different places are mostly treated alike. What has been found out for one is tried on the next: the same laid dice
// must lead through the same draws to the same answers.

import type { Address } from '../../core/base/address.ts'
import type { Asker, Reply } from './ask.ts'

/** The share of the clients' traffic that a record gets, where an answer's records are used evenly. */
export interface RecordShare {
  readonly label: string
  readonly pool: string | undefined
  share: number
}

export interface Shares {
  readonly rcode: number
  readonly isSteered: boolean
  /** Pool → share of the clients whom it is chosen for. */
  readonly pools: ReadonlyMap<string, number>
  /** By data. */
  readonly records: ReadonlyMap<string, RecordShare>
  /** Records in the longest answer. */
  readonly most: number
  /** The shortest and the longest. */
  readonly ttlSec: readonly [number, number]
  readonly isExact: boolean
  /** Below this two shares are the same. */
  readonly tolerance: number
}

export interface Sharer {
  /** Equal treatment gives the same object. */
  sharesFor(question: string, request: Uint8Array, sender: Address): { readonly shares: Shares; readonly scope: number }
}

interface Leaf {
  readonly laid: readonly number[]
  readonly signature: string
}

interface Treatment {
  readonly leaves: readonly Leaf[]
  readonly shares: Shares
}

interface Thrown {
  /** How many faces each draw had. */
  readonly totals: readonly number[]
  /** The way taken and where it led: nodes and totals of the draws, and the answer. */
  readonly signature: string
  readonly reply: Reply
}

/** Outcomes are looked for until so many questions have been asked. */
const MOST_QUESTIONS = 20_000
/** Points of a draw that are looked at before halving. */
const GRID = 33
/** Prime, so that multiples of different numbers lie evenly in every pair of draws. */
const SAMPLES = 2039

interface Sharing {
  readonly asker: Asker
  readonly nowSec: number
  laid: readonly number[]
  /** Of a sample, -1 while dice are laid. */
  sample: number
  nodes: number[]
  totals: number[]
  questions: number
  /** Branches that were gone into. They tell members apart that lead to the same. */
  picks: number[]
}

export function openSharer(asker: Asker, nowSec: number): Sharer {
  const known = new Map<string, Treatment[]>()
  const sharing: Sharing = { asker, nowSec, laid: [], sample: -1, nodes: [], totals: [], questions: 0, picks: [] }
  const { asking } = asker.context
  const { pick } = asking
  asking.draw = (node, total) => lay(sharing, node, total)
  asking.pick = (node) => {
    sharing.picks.push(node)
    return pick(node)
  }
  return {
    sharesFor(question, request, sender) {
      const ask = (laid: readonly number[]): Thrown => throwLaid(sharing, request, sender, laid)
      const first = ask([])
      const { scope } = first.reply
      const key = `${question} ${first.signature}`
      const alike = known.get(key) ?? []
      const same = alike.find(({ leaves }) =>
        leaves.every(({ laid, signature }) => isFirst(laid) || ask(laid).signature === signature),
      )
      if (same) return { shares: same.shares, scope }
      const treatment = explore(sharing, ask)
      known.set(key, [...alike, treatment])
      return { shares: treatment.shares, scope }
    },
  }
}

/** Laying nothing but zeros is what was asked first. */
function isFirst(laid: readonly number[]): boolean {
  return laid.every((face) => face === 0)
}

function lay(sharing: Sharing, node: number, total: number): number {
  const { nodes, totals, laid, sample } = sharing
  const depth = totals.length
  nodes.push(node)
  totals.push(total)
  if (sample < 0) return Math.min(laid[depth] ?? 0, total - 1)
  // A lattice: each draw goes through all samples evenly, and so do the pairs of them.
  const step = (((sample * (1 + 2 * depth * depth * 37)) % SAMPLES) + 0.5) / SAMPLES
  return Math.floor(step * total)
}

function throwLaid(sharing: Sharing, request: Uint8Array, sender: Address, laid: readonly number[]): Thrown {
  sharing.laid = laid
  sharing.nodes = []
  sharing.totals = []
  sharing.picks = []
  sharing.questions++
  const reply = sharing.asker.ask(request, sender, sharing.nowSec)
  const { nodes, totals } = sharing
  const way = nodes.map((node, i) => `${node}:${totals[i]}`).join(' ')
  const answer = reply.given.map(({ data }) => data).join(' ')
  const signature = `${way}|${sharing.picks.join(' ')}|${reply.rcode}|${reply.ttlSec}|${reply.pool ?? ''}|${answer}`
  return { totals, signature, reply }
}

function explore(sharing: Sharing, ask: (laid: readonly number[]) => Thrown): Treatment {
  sharing.questions = 0
  const sum = openSum()
  const leaves: Leaf[] = []
  const follow = (laid: readonly number[], thrown: Thrown, share: number): boolean => {
    const total = thrown.totals[laid.length]
    if (total === undefined) {
      leaves.push({ laid, signature: thrown.signature })
      addTo(sum, thrown.reply, share)
      return true
    }
    if (sharing.questions > MOST_QUESTIONS) return false
    const pieces = piecesOf(total, (face) => ask([...laid, face]))
    return pieces.every(({ from, to, thrown }) => follow([...laid, from], thrown, (share * (to - from)) / total))
  }
  if (follow([], ask([]), 1)) return { leaves, shares: sharesFrom(sum, true) }
  return sampled(sharing, ask)
}

interface Piece {
  readonly from: number
  readonly to: number
  readonly thrown: Thrown
}

/** The stretches of 0 to `total` - 1 that lead to different outcomes. */
function piecesOf(total: number, at: (face: number) => Thrown): Piece[] {
  const points = new Map<number, Thrown>()
  const thrownAt = (face: number): Thrown => {
    const thrown = points.get(face) ?? at(face)
    points.set(face, thrown)
    return thrown
  }
  const split = (low: number, high: number): void => {
    if (high - low < 2 || thrownAt(low).signature === thrownAt(high).signature) return
    const middle = Math.floor((low + high) / 2)
    thrownAt(middle)
    split(low, middle)
    split(middle, high)
  }
  const grid = Math.min(total, GRID)
  const pointAt = (i: number): number => (grid < 2 ? 0 : Math.floor((i * (total - 1)) / (grid - 1)))
  for (let i = 0; i < grid; i++) thrownAt(pointAt(i))
  for (let i = 1; i < grid; i++) split(pointAt(i - 1), pointAt(i))
  const pieces: { from: number; to: number; thrown: Thrown }[] = []
  for (const face of [...points.keys()].sort((a, b) => a - b)) {
    const thrown = points.get(face)!
    const last = pieces.at(-1)
    if (last?.thrown.signature === thrown.signature) continue
    if (last) last.to = face
    pieces.push({ from: face, to: total, thrown })
  }
  return pieces
}

function sampled(sharing: Sharing, ask: (laid: readonly number[]) => Thrown): Treatment {
  const sum = openSum()
  const leaves: Leaf[] = []
  for (let sample = 0; sample < SAMPLES; sample++) {
    sharing.sample = sample
    addTo(sum, ask([]).reply, 1 / SAMPLES)
  }
  sharing.sample = -1
  // Whoever gets the same with the same few laid dice is taken to be treated alike.
  for (let face = 1; face < 8; face++) {
    const laid = Array.from({ length: 8 }, (_, i) => (face * (i + 1)) % 7)
    leaves.push({ laid, signature: ask(laid).signature })
  }
  return { leaves, shares: sharesFrom(sum, false) }
}

interface Sum {
  rcode: number
  isSteered: boolean
  readonly pools: Map<string, number>
  readonly records: Map<string, RecordShare>
  most: number
  shortest: number
  longest: number
}

function openSum(): Sum {
  return { rcode: 0, isSteered: false, pools: new Map(), records: new Map(), most: 0, shortest: Infinity, longest: 0 }
}

function addTo(sum: Sum, reply: Reply, share: number): void {
  sum.rcode = Math.max(sum.rcode, reply.rcode)
  sum.isSteered ||= reply.isSteered
  sum.most = Math.max(sum.most, reply.given.length)
  sum.shortest = Math.min(sum.shortest, reply.ttlSec)
  sum.longest = Math.max(sum.longest, reply.ttlSec)
  if (reply.given.length === 0 && reply.pool !== undefined) addPool(sum, reply.pool, share)
  const each = share / reply.given.length
  for (const { data, label, pool } of reply.given) {
    const record = sum.records.get(data)
    if (record) record.share += each
    else sum.records.set(data, { label, pool, share: each })
    if (pool !== undefined) addPool(sum, pool, each)
  }
}

function addPool(sum: Sum, pool: string, share: number): void {
  sum.pools.set(pool, (sum.pools.get(pool) ?? 0) + share)
}

function sharesFrom(sum: Sum, isExact: boolean): Shares {
  const { rcode, isSteered, pools, records, most, shortest, longest } = sum
  const tolerance = isExact ? 1e-9 : 0.005
  return { rcode, isSteered, pools, records, most, ttlSec: [shortest, longest], isExact, tolerance }
}

/** Whether clients get the same by both, as far as answers go: the records, each as often, as many at a time. */
export function isSameAnswer(a: Shares, b: Shares): boolean {
  if (a.rcode !== b.rcode || a.most !== b.most || a.records.size !== b.records.size) return false
  const tolerance = Math.max(a.tolerance, b.tolerance)
  for (const [data, { share }] of a.records) {
    const other = b.records.get(data)
    if (!other || Math.abs(other.share - share) > tolerance) return false
  }
  return true
}

export function isSameTtl(a: Shares, b: Shares): boolean {
  return a.ttlSec[0] === b.ttlSec[0] && a.ttlSec[1] === b.ttlSec[1]
}
