// What a node is made of, put together: nothing here waits or listens. What disk keeps of earlier runs, orders and evidence, is in
// force before anything is served.

import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { bindSnapshot, settleSnapshot } from '../core/answer/snapshot.ts'
import { openBook } from '../core/health/override-book.ts'
import type { ParsedCheck } from '../io/probe/check.ts'
import type { ProbeSubject } from '../io/probe/prober.ts'
import { readHostClock } from '../io/store/host-clock.ts'
import { openStore } from '../io/store/index.ts'
import type { Log } from '../io/telemetry/log.ts'
import { type AliasesOptions, openAliases } from './aliases.ts'
import { openAllDownWatch } from './all-down.ts'
import type { NodeConfig } from './config.ts'
import { type EvidenceFileOptions, openEvidenceFile, type Remembered } from './evidence-file.ts'
import { openCollector } from './garbage.ts'
import { type Keeper, openKeeper } from './keeper.ts'
import { openLimitWatch } from './limits.ts'
import type { Loaded } from './load.ts'
import type { Loader } from './loader-thread.ts'
import { type NodeOptions, type NodeState, ruleOf } from './node-state.ts'
import { openOperator, type OperatorOptions } from './operator.ts'
import { observeStillAnswered } from './override-view.ts'
import { openTtlMemory } from './safe-stop.ts'
import { openSerialKeeper, stateFolderOf } from './serials.ts'
import { openStillAnswered } from './still-answered.ts'

type Parts = Pick<NodeState, 'book' | 'store' | 'keeper' | 'log' | 'now' | 'wallNow'>

/** `started` settles when the node runs. */
export function openNodeState(options: NodeOptions, loader: Loader, loaded: Loaded, started: Promise<void>): NodeState {
  const { config } = loaded
  const log = options.openLog(config.log.level).child({ node: config.node.name })
  const now = (): number => performance.now()
  const store = openStore(config.store, { now, random: Math.random, log })
  const wallNow = (): number => Date.now()
  const book = openBook()
  const { unknown, last_known } = config.health
  const prober = config.prober || options.role === 'probe' ? config.node.name : undefined
  const keeper = openKeeper({ rule: ruleOf(config), unknown, overrides: book, store, prober, log, now, wallNow })
  const parts = { book, store, keeper, log, now, wallNow }
  const own: { state?: NodeState } = {}
  const stateOf = (): NodeState => own.state!
  const evidenceFile = openEvidenceFile(fileOptions(options, config, parts, stateOf))
  const remembered = evidenceFile.read(last_known)
  if (remembered) recall(remembered, keeper, log)
  const bound = bindSnapshot(loaded.snapshot)
  keeper.useBoard(bound.board, loaded.rows, (nowSec, jumpSec) => {
    // On a board that nothing has been heard for all would be taken to be well, and what has just come back for what was never out.
    if (own.state?.isFirstRoundDone) settleSnapshot(bound, nowSec, jumpSec)
  })
  const ttls = openTtlMemory()
  ttls.use(loaded.poolTtls, now())
  const state: NodeState = {
    ...parts,
    options,
    loader,
    operator: openOperator(operatorOptions(options, config, parts, stateOf)),
    evidenceFile,
    remembered,
    ttls,
    serials: openSerialKeeper(stateFolderOf(options.file, config), log),
    still: openStillAnswered(),
    aliases: openAliases(aliasesOptions(options, config, log)),
    collector: openCollector(),
    startedMs: now(),
    loaded,
    bound,
    workers: undefined,
    prober: undefined,
    roster: undefined,
    admin: undefined,
    watching: undefined,
    stopTicking: () => undefined,
    isFirstRoundDone: false,
    hasLooked: false,
    isStopping: false,
    reloading: started,
    nextReload: undefined,
    reloads: { done: 0, refused: 0, lastProblems: [], lastMs: undefined },
    allDown: openAllDownWatch(log, now),
    limitWatch: openLimitWatch(log, now),
    answered: new Map(),
    answeredAllDown: new Map(),
    drawn: new Map(),
  }
  own.state = state
  state.operator.remember()
  if (options.role === 'serve') state.aliases.use(loaded.aliases, loaded.snapshot.overlay)
  return state
}

function recall({ snapshot, ageMs }: Remembered, keeper: Keeper, log: Log): void {
  keeper.recall(snapshot, ageMs)
  const told = {
    ageSec: Math.round(ageMs / 1000),
    probers: snapshot.witnesses.length,
    verdicts: snapshot.verdicts.length,
  }
  log.info(told, 'evidence from disk stands until there is newer')
}

function fileOptions(
  options: NodeOptions,
  config: NodeConfig,
  { keeper, log, now }: Parts,
  stateOf: () => NodeState,
): EvidenceFileOptions {
  return {
    node: config.node.name,
    // Not that of the orders, which must not wait for megabytes of evidence.
    folder: stateFolderOf(options.file, config),
    log,
    now,
    clock: readHostClock,
    belief: () => keeper.belief(),
    rows: (nowMs) => keeper.keptRows(nowMs),
    turns: () => keeper.turns(),
    checks: () => digestChecks(stateOf().loaded.subjects),
  }
}

/** What each subject is probed by, so that a standing is not taken over by another check of the same name. */
export function* digestChecks(subjects: readonly ProbeSubject[]): Generator<readonly [string, string]> {
  const digests = new Map<ParsedCheck, string>()
  for (const { subject, check } of subjects) {
    const digest = digests.get(check) ?? createHash('sha256').update(JSON.stringify(check)).digest('hex').slice(0, 16)
    digests.set(check, digest)
    yield [subject, digest]
  }
}

function aliasesOptions(options: NodeOptions, config: NodeConfig, log: Log): AliasesOptions {
  return {
    log,
    folder: stateFolderOf(options.file, config),
    wallNow: () => Date.now(),
    random: Math.random,
    pause: (ms) => delay(ms),
    stopping: options.stopping,
  }
}

function operatorOptions(
  options: NodeOptions,
  config: NodeConfig,
  parts: Parts,
  stateOf: () => NodeState,
): OperatorOptions {
  const { keeper, wallNow } = parts
  return {
    ...parts,
    node: config.node.name,
    answers: options.role === 'serve',
    run: wallNow(),
    folder: stateFolderOf(options.file, config),
    rows: () => keeper.rows(),
    onChange() {
      keeper.applyOverrides()
      observeStillAnswered(stateOf())
    },
    newId: () => randomBytes(6).toString('hex'),
    pause: (ms) => delay(ms),
  }
}
