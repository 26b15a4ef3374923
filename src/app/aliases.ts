// What ALIAS records lead to, kept fresh: asks resolvers, writes what they say into the overlay, and keeps the last answers on
// disk, so that a node that restarts while its resolver is down still knows them. On the main thread, the overlay's one writer.

import { printAddress } from '../core/base/address.ts'
import type { Failure } from '../core/base/failure.ts'
import { Type } from '../core/wire/message.ts'
import { bindOverlay, type Overlay, type Resolution, Resolved, writeTarget } from '../core/zone/overlay.ts'
import type { StateFolder } from '../io/store/state-folder.ts'
import type { Log } from '../io/telemetry/log.ts'
import { keyOf, openRefresher, type Refresher, type Wanted } from '../io/upstream/refresher.ts'
import type { Said } from '../io/upstream/resolution.ts'
import { resolveName } from '../io/upstream/resolve.ts'
import type { AliasPlan } from './alias-plan.ts'
import { type KeptAnswer, readKept, writeKept } from './alias-memory.ts'

/** What is known of one target and type. */
export interface Known extends Wanted {
  /** Undefined until a resolver has said something. */
  resolution: Resolution | undefined
  /** Why nobody says anything newer, and since when; undefined while all is well. */
  failing: { readonly because: string; readonly sinceSec: number } | undefined
}

export interface Aliases {
  /** Takes a new plan and its overlay, and fills that with what is known. Those before are kept up as well, until `release`. */
  use(plan: AliasPlan, overlay: SharedArrayBuffer): void
  /** No thread answers from an overlay before the newest any more. */
  release(): void
  /** Resolves when every target has been asked for once, or the time is over. */
  settled(limitMs: number): Promise<void>
  /** Once a second. */
  tick(): void
  known(): readonly Known[]
  counts(): AliasCounts
  stop(): Promise<void>
}

/** Since the start. */
export interface AliasCounts {
  readonly said: number
  readonly failed: number
}

export interface AliasesOptions {
  readonly log: Log
  readonly folder: StateFolder
  /** Milliseconds since the Unix epoch. */
  wallNow(): number
  random(): number
  pause(ms: number): Promise<void>
  /** Aborted when a stop is asked for: nothing is waited for any more. */
  readonly stopping?: AbortSignal | undefined
}

interface Keeping {
  readonly options: AliasesOptions
  readonly refresher: Refresher
  plan: AliasPlan
  /** The newest first, then those that threads may still answer from. */
  overlays: readonly { readonly overlay: Overlay; readonly indexes: ReadonlyMap<string, number> }[]
  known: Map<string, Known>
  /** From disk, for targets that were not asked for yet. */
  kept: ReadonlyMap<string, KeptAnswer>
  /** The resolver that answered last. */
  first: number
  said: number
  failed: number
  /** Targets that have begun to fail, or ceased to, since the log was last written to. */
  readonly news: { failing: Known[]; recovered: Known[] }
  /** What the disk does not have yet, and when it was last written. */
  isDirty: boolean
  writtenSec: number
  saving: Promise<void>
  isUnwritable: boolean
}

const types = [Type.A, Type.AAAA]
const FILE = 'aliases.json'
/** Answers change with each TTL; the disk is for restarts, which are rare. */
const WRITE_EVERY_SEC = 30
const POLL_MS = 20

const nothing: AliasPlan = { targets: [], resolvers: [], timeoutMs: 0, leastTtlSec: 5, mostTtlSec: 3600, keepSec: 0 }

export function openAliases(options: AliasesOptions): Aliases {
  const keeping: Keeping = {
    options,
    refresher: openRefresher({
      nowSec: () => options.wallNow() / 1000,
      random: () => options.random(),
      resolve: ({ name, type }, signal) => {
        const { resolvers, timeoutMs } = keeping.plan
        return resolveName({ name, type, resolvers, first: keeping.first, timeoutMs, signal })
      },
      onSaid: (wanted, said) => observe(keeping, wanted, said),
      onFailed: (wanted, because, failures) => observeFailure(keeping, wanted, because, failures),
    }),
    plan: nothing,
    overlays: [],
    known: new Map(),
    kept: readKept(options.folder, FILE, options.log),
    first: 0,
    said: 0,
    failed: 0,
    news: { failing: [], recovered: [] },
    isDirty: false,
    writtenSec: 0,
    saving: Promise.resolve(),
    isUnwritable: false,
  }
  return {
    use: (plan, overlay) => takePlan(keeping, plan, overlay),
    release() {
      keeping.overlays = keeping.overlays.slice(0, 1)
    },
    settled: (limitMs) => settle(keeping, limitMs),
    tick() {
      keeping.refresher.tick()
      announce(keeping)
      if (keeping.isDirty && nowSecOf(keeping) - keeping.writtenSec >= WRITE_EVERY_SEC) keeping.saving = save(keeping)
    },
    known: () => [...keeping.known.values()],
    counts: () => ({ said: keeping.said, failed: keeping.failed }),
    async stop() {
      keeping.refresher.close()
      await keeping.saving
      if (keeping.isDirty) await save(keeping)
    },
  }
}

function nowSecOf({ options }: Keeping): number {
  return Math.floor(options.wallNow() / 1000)
}

function takePlan(keeping: Keeping, plan: AliasPlan, image: SharedArrayBuffer): void {
  const { refresher } = keeping
  const isOther = JSON.stringify(plan.resolvers) !== JSON.stringify(keeping.plan.resolvers)
  keeping.plan = plan
  const indexes = new Map(plan.targets.map(({ text }, i) => [text, i]))
  keeping.overlays = [{ overlay: bindOverlay(image), indexes }, ...keeping.overlays]
  const before = keeping.known
  if (isOther) forgetResolvers(keeping)
  const wanted = plan.targets.flatMap(({ text }) => types.map((type): Wanted => ({ name: text, type })))
  keeping.known = new Map(wanted.map((each) => [keyOf(each), before.get(keyOf(each)) ?? remembered(keeping, each)]))
  for (const known of keeping.known.values()) if (known.resolution || known.failing) write(keeping, known)
  refresher.use(wanted, plan, isOther)
}

/** Their numbers mean others now. */
function forgetResolvers(keeping: Keeping): void {
  keeping.first = 0
  for (const known of keeping.known.values())
    if (known.resolution) known.resolution = { ...known.resolution, resolver: -1 }
}

/** Its time may be over: then it is stale, and used until somebody says something newer. */
function remembered({ kept, plan }: Keeping, wanted: Wanted): Known {
  const answer = kept.get(keyOf(wanted))
  const resolution = answer && { ...answer, keptSec: answer.untilSec + plan.keepSec, resolver: -1 }
  return { ...wanted, resolution, failing: undefined }
}

function write({ overlays, plan }: Keeping, { name, type, resolution, failing }: Known): void {
  const unknown = failing ? Resolved.failed : Resolved.pending
  const value: Resolution = resolution
    ? // `keep` may have been changed since it was said.
      { ...resolution, keptSec: resolution.untilSec + plan.keepSec }
    : { state: unknown, addresses: [], sinceSec: 0, untilSec: 0, keptSec: 0, resolver: -1 }
  for (const { overlay, indexes } of overlays) {
    const index = indexes.get(name)
    if (index !== undefined) writeTarget(overlay, index, type === Type.AAAA, value)
  }
}

const states = {
  addresses: Resolved.addresses,
  nothing: Resolved.nothing,
  nowhere: Resolved.nowhere,
} as const

function observe(
  keeping: Keeping,
  wanted: Wanted,
  said: Said & { readonly resolver: number; readonly untilSec: number },
): void {
  const known = keeping.known.get(keyOf(wanted))!
  const before = known.resolution
  const untilSec = Math.floor(said.untilSec)
  known.resolution = {
    state: states[said.kind],
    addresses: said.kind === 'addresses' ? said.addresses : [],
    sinceSec: nowSecOf(keeping),
    untilSec,
    keptSec: untilSec + keeping.plan.keepSec,
    resolver: said.resolver,
  }
  keeping.said++
  keeping.first = said.resolver
  keeping.isDirty = true
  write(keeping, known)
  logChange(keeping.options.log, known, before)
  if (known.failing) keeping.news.recovered.push(known)
  known.failing = undefined
}

/** A target that vanishes is told louder than one that moves. */
function logChange(log: Log, { name, type, resolution }: Known, before: Resolution | undefined): void {
  const fields = { target: name, type: typeText(type), addresses: addressesOf(resolution) }
  if (resolution?.state === Resolved.nowhere) {
    if (before?.state !== Resolved.nowhere)
      log.warn(fields, 'an ALIAS target does not exist: its names have no addresses')
  } else if (before && fields.addresses.toSorted().join() !== addressesOf(before).toSorted().join()) {
    const level = resolution?.state === Resolved.nothing ? 'warn' : 'info'
    log[level]({ ...fields, before: addressesOf(before) }, 'an ALIAS target has other addresses')
  }
}

function observeFailure(keeping: Keeping, wanted: Wanted, because: string, failures: number): void {
  const known = keeping.known.get(keyOf(wanted))!
  known.failing = { because, sinceSec: known.failing?.sinceSec ?? nowSecOf(keeping) }
  keeping.failed++
  // From the second resolver on: another one may do.
  keeping.first = (keeping.first + 1) % Math.max(1, keeping.plan.resolvers.length)
  if (!known.resolution) write(keeping, known)
  // Once per outage, when it is one.
  if (failures === 2 || (failures === 1 && !known.resolution)) keeping.news.failing.push(known)
}

/** A resolver that is lost takes all its targets with it: then one line says so, and not ten thousand. */
const SINGLY = 5

function announce({ news, options: { log } }: Keeping): void {
  const { failing, recovered } = news
  news.failing = []
  news.recovered = []
  const described = failing.filter((known) => known.failing !== undefined)
  for (const { name, type, resolution, failing: now } of described.slice(0, described.length > SINGLY ? 1 : SINGLY)) {
    const consequence = resolution ? 'its last addresses stay' : 'SERVFAIL until it can be'
    const fields = { target: name, type: typeText(type), because: now?.because }
    log.warn(fields, `an ALIAS target cannot be resolved; ${consequence}`)
  }
  if (described.length > SINGLY) log.warn({ targets: described.length }, 'many ALIAS targets cannot be resolved')
  if (recovered.length > SINGLY) log.info({ targets: recovered.length }, 'many ALIAS targets can be resolved again')
  else
    for (const { name, type, resolution } of recovered)
      log.info(
        { target: name, type: typeText(type), addresses: addressesOf(resolution) },
        'an ALIAS target can be resolved again',
      )
}

export function typeText(type: number): 'A' | 'AAAA' {
  return type === Type.AAAA ? 'AAAA' : 'A'
}

export function addressesOf(resolution: Resolution | undefined): string[] {
  return (resolution?.addresses ?? []).map(printAddress)
}

async function settle({ refresher, options }: Keeping, limitMs: number): Promise<void> {
  let leftMs = limitMs
  const isOver = (): boolean => options.stopping?.aborted === true || leftMs <= 0
  for (; !refresher.isSettled() && !isOver(); leftMs -= POLL_MS) await options.pause(POLL_MS)
}

async function save(keeping: Keeping): Promise<void> {
  const { options, known } = keeping
  keeping.isDirty = false
  keeping.writtenSec = nowSecOf(keeping)
  try {
    await writeKept(options.folder, FILE, [...known.values()])
    keeping.isUnwritable = false
  } catch (error) {
    const { code, message } = error as Failure
    if (!keeping.isUnwritable)
      options.log.warn({ code, reason: message }, 'what ALIAS targets lead to cannot be kept on disk')
    keeping.isUnwritable = true
    keeping.isDirty = true
  }
}
