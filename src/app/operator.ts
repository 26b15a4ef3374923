// The operator's side of the node: takes orders, writes them into the book, keeps the book on disk, and shares it through the
// store. An order is in force here before anything else is tried; disk and store follow, and are tried again until they take it.

import { Failure } from '../core/base/failure.ts'
import { printOverrideSubject } from '../core/health/override.ts'
import {
  allInForce,
  type Book,
  type Changed,
  entriesOf,
  forgetOld,
  mergeEntry,
  type Moment,
  type Replica,
} from '../core/health/override-book.ts'
import type { Order, Ordered } from '../io/control/node.ts'
import { readReplica, writeReplica } from '../io/store/override-encoding.ts'
import type { StateFolder } from '../io/store/state-folder.ts'
import type { Store } from '../io/store/store.ts'
import type { Log } from '../io/telemetry/log.ts'
import type { RowPlan } from './keeper.ts'
import { writeOrder } from './order.ts'
import { logChange, printOverride } from './override-log.ts'
import { openPeers, type Peers } from './override-peers.ts'

export interface OperatorOptions {
  readonly node: string
  /** Whether this node answers DNS. */
  readonly answers: boolean
  /** A new number for each run. */
  readonly run: number
  readonly book: Book
  readonly store: Store
  readonly folder: StateFolder
  readonly log: Log
  rows(): readonly RowPlan[]
  /** The book has changed. */
  onChange(): void
  /** Milliseconds; must not jump. */
  now(): number
  /** Milliseconds since the Unix epoch. */
  wallNow(): number
  newId(): string
  pause(ms: number): Promise<void>
}

export interface Operator {
  readonly peers: Peers
  /** Reads the book from disk: to be called before the first answer, so that what it says is in force by then. */
  remember(): void
  /** Resolves when it is in force, and disk and store have had their chance; says which of them took it. */
  order(order: Order): Promise<Obeyed | Extract<Ordered, { ok: false }>>
  /** One turn: hear the others, share what is known here, let go of what is over. Never rejects. */
  tick(): Promise<void>
  /** Why the disk does not take the book; undefined where it does. */
  unkept(): string | undefined
  /** Tells the others not to wait for this node. */
  stop(): Promise<void>
}

export interface Obeyed {
  readonly ok: true
  readonly changes: readonly Changed[]
  /** Whether other nodes can learn of it now; true where there are none by configuration. */
  readonly isShared: boolean
}

const FILE = 'overrides.json'
/** How long an order waits for other nodes to take it up. */
const TAKEN_UP_MS = 1500
/** A node that has been silent for longer is not waited for. */
const LIVES_MS = 3000
/** After news, what fails in the store is tried again so soon, so often, and then with the ticks. */
const AGAIN_MS = 200
const TRIES = 5

interface Operating {
  readonly options: OperatorOptions
  readonly peers: Peers
  sequence: number
  /** The disk holds an older book. */
  isDirty: boolean
  unkept: string | undefined
  /** The store was read at least once, so that what it holds of our last run is known here. */
  hasRead: boolean
  isReading: boolean
  isReadWanted: boolean
  /** Tries that the latest news has left. */
  tries: number
  isTryingAgain: boolean
  isStopped: boolean
  /** Up to when the log was told what is over. */
  toldMs: number
}

export function openOperator(options: OperatorOptions): Operator {
  const { store, log, now, node } = options
  const o: Operating = {
    options,
    peers: openPeers(node),
    sequence: 0,
    isDirty: false,
    unkept: undefined,
    hasRead: false,
    isReading: false,
    isReadWanted: false,
    tries: 0,
    isTryingAgain: false,
    isStopped: false,
    toldMs: now(),
  }
  store.onHint(() => {
    o.isReadWanted = true
    o.tries = TRIES
    hear(o).catch((error: unknown) => log.error({ error }, 'reading the overrides of others failed'))
  })
  return {
    peers: o.peers,
    remember: () => readDisk(o),
    order: (order) => obey(o, order),
    tick: () => turn(o),
    unkept: () => o.unkept,
    async stop() {
      o.isStopped = true
      await share(o)
    },
  }
}

function momentOf({ options }: Operating): Moment {
  return { nowMs: options.now(), wallMs: options.wallNow() }
}

function readDisk(o: Operating): void {
  const { folder, book, log, onChange } = o.options
  let text: string | undefined
  try {
    text = folder.read(FILE)
  } catch (error) {
    const { code, message } = error as Failure
    log.error({ code, reason: message }, 'the overrides on disk cannot be read: going on without them')
  }
  if (text === undefined) return
  const replica = readReplica(text)
  if (!replica) {
    folder.setAside(FILE)
    log.error({ code: 'state-garbled', folder: folder.path }, `${FILE} holds no overrides: set aside, going on without`)
    return
  }
  for (const entry of replica.entries) mergeEntry(book, entry, momentOf(o))
  onChange()
  const held = allInForce(book, o.options.now())
  if (held.length > 0)
    log.info({ overrides: held.map(({ override }) => printOverride(override)) }, 'overrides from disk are in force')
}

async function turn(o: Operating): Promise<void> {
  if (o.isStopped) return
  tellWhatIsOver(o)
  forgetOld(o.options.book, o.options.wallNow())
  await hear(o)
  await share(o)
  if (o.isDirty) await keep(o)
}

async function hear(o: Operating): Promise<void> {
  if (o.isReading || o.isStopped) return
  o.isReading = true
  try {
    do {
      o.isReadWanted = false
      const replicas = await o.options.store.readOverrides()
      // Whoever ordered it waits to see that it is known here.
      if (!replicas) tryAgain(o)
      else if (takeIn(o, replicas)) await share(o)
    } while (o.isReadWanted && !o.isStopped)
  } finally {
    o.isReading = false
  }
}

/** True where there was news in it. */
function takeIn(o: Operating, replicas: readonly Replica[]): boolean {
  const { book, onChange, log } = o.options
  const moment = momentOf(o)
  o.hasRead = true
  o.peers.observe(replicas, moment.nowMs)
  const news: Changed[] = []
  for (const { entries } of replicas) {
    for (const entry of entries) {
      const changed = mergeEntry(book, entry, moment)
      if (changed) news.push(changed)
    }
  }
  if (news.length === 0) return false
  o.isDirty = true
  onChange()
  for (const changed of news) logChange(log, changed, moment.nowMs)
  return true
}

async function obey(o: Operating, order: Order): Promise<Obeyed | Extract<Ordered, { ok: false }>> {
  if (o.isStopped) return { ok: false, wrong: 'stopping', error: 'this node is stopping: ask another one' }
  const { node, book, rows, newId, onChange, store, log } = o.options
  const moment = momentOf(o)
  const changes = writeOrder(order, { node, book, rows: rows(), newId }, moment)
  if ('wrong' in changes) return { ok: false, ...changes }
  onChange()
  o.tries = TRIES
  for (const changed of changes) logChange(log, changed, moment.nowMs, order.from)
  const [isShared] = await Promise.all([share(o), keep(o)])
  if (isShared) await untilTakenUp(o, changes)
  return { ok: true, changes, isShared: isShared || store.kind === 'memory' }
}

/** Until every other node that lives has what was ordered, or a short while: usually some milliseconds. */
async function untilTakenUp({ options, peers }: Operating, changes: readonly Changed[]): Promise<void> {
  const { now, pause } = options
  const untilMs = now() + TAKEN_UP_MS
  const isTakenUp = ({ held }: Changed): boolean =>
    peers.list(now()).every(({ node, silentMs }) => silentMs > LIVES_MS || peers.has(node, held.override))
  while (now() < untilMs && !changes.every(isTakenUp)) await pause(20)
}

function tellWhatIsOver(o: Operating): void {
  const { book, now, onChange, log } = o.options
  const nowMs = now()
  const over = [...book.held.values()].filter(
    ({ override, endMs }) => !override.isOver && endMs > o.toldMs && endMs <= nowMs,
  )
  o.toldMs = nowMs
  if (over.length > 0) onChange()
  for (const { override } of over) {
    const { kind, author, why } = override
    log.info({ author, why }, `the ${kind} of ${printOverrideSubject(override)} is over: its time has come`)
  }
}

/** Onto the disk; what does not succeed is tried again with the next tick. */
async function keep(o: Operating): Promise<void> {
  const { folder, log } = o.options
  o.isDirty = false
  try {
    const replica = replicaOf(o)
    const text = writeReplica(replica)
    // What is on the disk is better than nothing.
    if (text === undefined)
      throw new Failure('state-unwritable', `too many orders, or too long ones, to be kept: ${replica.entries.length}`)
    await folder.write(FILE, text)
    if (o.unkept !== undefined) log.info({ folder: folder.path }, 'overrides are kept on disk again')
    o.unkept = undefined
  } catch (error) {
    const { code, message } = error as Failure
    o.isDirty = true
    if (o.unkept === undefined) log.error({ code, reason: message }, 'overrides cannot be kept on disk')
    o.unkept = message
  }
}

/** Whether the store took it. Before what it holds of our last run is known here, sharing would destroy that. */
async function share(o: Operating): Promise<boolean> {
  if (!o.hasRead) await hear(o)
  if (!o.hasRead) return false
  o.sequence++
  const isShared = await o.options.store.publishOverrides(replicaOf(o))
  if (!isShared) tryAgain(o)
  return isShared
}

/** A store that was only slow for a moment must not cost an order a whole tick, at the node that took it or at those that hear of it. */
function tryAgain(o: Operating): void {
  if (o.tries === 0 || o.isTryingAgain || o.isStopped) return
  const { pause, log } = o.options
  const again = async (): Promise<void> => {
    await pause(AGAIN_MS)
    o.isTryingAgain = false
    await hear(o)
    if (!o.isStopped) await share(o)
  }
  o.tries--
  o.isTryingAgain = true
  again().catch((error: unknown) => log.error({ error }, 'trying the store again failed'))
}

function replicaOf({ options, sequence, isStopped }: Operating): Replica {
  const { node, answers, run, book } = options
  return { node, answers: answers && !isStopped, run, sequence, entries: entriesOf(book) }
}
