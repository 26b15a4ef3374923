// A node: everything that `serve` runs, tied together. The main thread keeps the store, the verdicts and the admin HTTP; the
// threads that answer, probe and load are others, and none of them can starve another.

import { availableParallelism } from 'node:os'
import type { Endpoint } from '../core/base/address.ts'
import { type Problem, printProblem } from '../core/base/problem.ts'
import { votesOn } from '../core/health/belief.ts'
import { freshForMs } from '../core/health/tally.ts'
import { watchFiles } from '../io/config/watch.ts'
import { openAdmin } from '../io/control/admin.ts'
import { chooseUdp } from '../io/listen/index.ts'
import { PUSH } from '../io/probe/push.ts'
import type { Log } from '../io/telemetry/log.ts'
import type { NodeConfig } from './config.ts'
import { ownStandings } from './evidence-file.ts'
import { nodeFacts } from './facts.ts'
import { limitedPrefixes, limitTotals } from './limits.ts'
import { printProgress } from './load-progress.ts'
import { openLoader } from './loader-thread.ts'
import { openProberThread } from './prober-thread.ts'
import { allAnswersOf, type NodeOptions, type NodeState } from './node-state.ts'
import { digestChecks, openNodeState } from './open-node.ts'
import { observeStillAnswered } from './override-view.ts'
import { reloadNode } from './reload.ts'
import { openRoster } from './roster.ts'
import { checkAddresses, openWorkers } from './workers.ts'

const TICK_MS = 1000
/** How long a stop waits for the disk. */
const SAVE_MS = 2000

export interface Node {
  /** As bound, where port 0 was asked for. */
  readonly endpoints: readonly Endpoint[]
  readonly admin: Endpoint
  readonly state: NodeState
  /** All or nothing; the problems that kept the old data in service. */
  reload(): Promise<readonly Problem[]>
  stop(): Promise<void>
}

export type Started = { readonly node: Node } | { readonly problems: readonly Problem[] }

/** Starts a node and resolves when it is ready: listening, warm, and with evidence, of a first round or fresh from disk, or its time limit passed. */
export async function startNode(options: NodeOptions): Promise<Started> {
  const loader = openLoader()
  let early: Log | undefined
  const { loaded, problems, watched } = await loader.load(options.file, 1, (progress) => {
    early ??= options.openLog(progress.level)
    early.info({}, `loading ${printProgress(progress)}`)
  })
  if (!loaded) {
    await loader.close()
    return { problems }
  }
  const started = Promise.withResolvers<void>()
  const state = openNodeState(options, loader, loaded, started.promise)
  for (const problem of problems) state.log.warn({}, printProblem(problem))
  try {
    const node = await runNode(state, watched)
    started.resolve()
    return { node }
  } catch (error) {
    await stopNode(state)
    throw error
  }
}

async function runNode(state: NodeState, watched: readonly string[]): Promise<Node> {
  const { loaded, log, options } = state
  const { config } = loaded
  const transport = pickTransport(config, log)
  // Before anything else: a second server on the same address is to be told at once.
  const listen = options.role === 'serve' ? await checkAddresses(config.listen, transport, log) : []
  const tokens = (): NodeConfig['admin']['tokens'] => state.loaded.config.admin.tokens
  state.admin = await openAdmin({ listen: config.admin.listen, node: nodeFacts(state), tokens, log })
  // From the start: what changes while the first round is under way is read as soon as the node is ready.
  state.watching = watchFiles(watched, () => void reloadNode(state))
  startProber(state)
  const ticking = startTicking(state)
  state.stopTicking = () => clearInterval(ticking)
  await firstEvidence(state)
  if (options.role === 'serve') {
    await state.serials.keep(loaded.serials)
    const packetWorkers = config.workers === 'auto' ? availableParallelism() : config.workers
    state.workers = await openWorkers({
      endpoints: listen,
      packetWorkers,
      transport,
      tcp: config.tcp,
      snapshot: loaded.snapshot,
      log,
    })
  }
  return {
    endpoints: state.workers?.endpoints ?? [],
    admin: state.admin.endpoint,
    state,
    reload: () => reloadNode(state),
    stop: () => stopNode(state),
  }
}

function pickTransport(config: NodeConfig, log: Log): 'batched' | 'portable' {
  if (config.transport === 'portable') return 'portable'
  const { transport, because } = chooseUdp()
  if (transport === 'udp-batched') return 'batched'
  if (because && config.transport === 'batched') throw because
  log.warn({ code: because?.code }, `${because?.message}; UDP is served by the slower, portable transport`)
  return 'portable'
}

function startProber(state: NodeState): void {
  const { config, subjects } = state.loaded
  if (!config.prober && state.options.role !== 'probe') return
  const { name, region } = config.node
  const { probers_per_region, probes_per_target, probes_at_once } = config.health
  const limits = { perTarget: probes_per_target, atOnce: probes_at_once }
  state.roster = openRoster({ name, region, most: probers_per_region }, subjects)
  const { remembered } = state
  state.prober = openProberThread({
    before: remembered && ownStandings(remembered, digestChecks(subjects)),
    data: { name, region, subjects, limits, allowExec: config.allow_exec },
    log: state.log,
    wallNow: () => Date.now(),
    onEvidence: (evidence) => state.keeper.observeOwn(evidence),
  })
}

function startTicking(state: NodeState): NodeJS.Timeout {
  return setInterval(() => {
    state.keeper.tick().catch((error: unknown) => state.log.error({ error }, 'a tick of the health keeper failed'))
    state.operator.tick().catch((error: unknown) => state.log.error({ error }, 'a tick of the operator’s side failed'))
    observeStillAnswered(state)
    state.aliases.tick()
    const { zones, steering } = state.loaded.names
    state.allDown.look(state.bound, zones, steering, allAnswersOf(state).allDown)
    state.limitWatch.look(limitTotals(state), () => limitedPrefixes(state))
    shareDuties(state)
    state.prober?.noteElsewhere(reportedElsewhere(state))
    // Before that there may be nothing yet, which must not take the place of what there was.
    if (state.isFirstRoundDone) state.evidenceFile.tick()
  }, TICK_MS)
}

function shareDuties({ roster, prober, keeper, hasLooked }: NodeState): void {
  // Until then it is not known who else is there, and this node wants to see for itself.
  if (!roster || !prober || !hasLooked) return
  if (roster.look(keeper.belief(), performance.now())) prober.replaceSubjects(roster.mine())
}

/** A node that an application has ceased to push to must not take its silence for its end while another one hears it. */
function reportedElsewhere({ keeper, loaded }: NodeState): string[] {
  const { name } = loaded.config.node
  const now = performance.now()
  return loaded.subjects.flatMap(({ subject, check }) => {
    if (check.type !== PUSH) return []
    const isHeard = votesOn(keeper.belief(), subject).some(
      ({ prober, up, heardMs, everyMs }) => prober !== name && up === true && now - heardMs <= freshForMs(everyMs),
    )
    return isHeard ? [subject] : []
  })
}

/** A node that answered before it had looked would send users to the dead; one that waited for ever would answer nobody. */
async function firstEvidence(state: NodeState): Promise<void> {
  const { keeper, prober, options, remembered } = state
  // A node that is new here must not answer with what was drained before it came.
  await Promise.all([keeper.tick(), state.operator.tick()])
  void prober?.firstRound.then(() => {
    state.hasLooked = true
  })
  const aliases = state.aliases.settled(state.loaded.config.health.first_round)
  if (remembered && keeper.isFresh())
    state.log.info({ ageSec: Math.round(remembered.ageMs / 1000) }, 'the evidence on disk is fresh: answering by it')
  else await waitForEvidence(state)
  await aliases
  state.isFirstRoundDone = true
  keeper.applyOverrides()
  if (!keeper.isDecided() && !options.stopping?.aborted)
    state.log.warn({}, 'answering without a verdict on every target: evidence is missing, and unknown counts as up')
}

async function waitForEvidence(state: NodeState): Promise<void> {
  const { keeper, prober, options } = state
  const limitMs = state.loaded.config.health.first_round
  const startedMs = performance.now()
  const isOver = (): boolean => options.stopping?.aborted === true || performance.now() - startedMs >= limitMs
  if (prober) await Promise.race([prober.firstRound, delay(limitMs, options.stopping)])
  while (needsOthers(state) && !keeper.isDecided() && !isOver()) {
    await delay(100)
    await keeper.tick()
  }
}

/** Whether verdicts depend on the evidence of other nodes. */
function needsOthers(state: NodeState): boolean {
  const { config, subjects } = state.loaded
  return subjects.length > 0 && config.store !== 'memory'
}

/** Waits no longer than that; the timer does not keep a process that is done. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  await Promise.race([work, delay(ms, done.signal)])
  done.abort()
}

/** Ends early when a stop is asked for. */
function delay(ms: number, stopping?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const stop = (): void => {
      clearTimeout(timer)
      resolve()
    }
    stopping?.addEventListener('abort', stop, { once: true })
    if (stopping?.aborted) stop()
  })
}

/** Not ready, evidence kept on disk and taken back from the others, what is queued answered, then closed. */
async function stopNode(state: NodeState): Promise<void> {
  state.isStopping = true
  state.stopTicking()
  state.watching?.close()
  await state.prober?.stop()
  // What it has seen is worth keeping only once it has seen something; a disk that hangs must not keep the node.
  if (state.isFirstRoundDone) await within(SAVE_MS, state.evidenceFile.save())
  await state.keeper.stop()
  await within(SAVE_MS, state.serials.settled())
  await state.workers?.stop()
  await state.operator.stop()
  await within(SAVE_MS, state.aliases.stop())
  await state.store.close()
  await state.admin?.close()
  await state.loader.close()
}
