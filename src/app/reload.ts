// A reload: all or nothing. What is read, checked and compiled on the loader's thread is put in service as a whole, or the
// old data stays. One at a time: a change that comes while one is under way is read by the next.

import { carryCells } from '../core/answer/carry.ts'
import { bindSnapshot, settleSnapshot } from '../core/answer/snapshot.ts'
import { isError, type Problem, printProblem } from '../core/base/problem.ts'
import { createBoard } from '../core/health/board.ts'
import { type NodeConfig, vantagesOf } from './config.ts'
import type { Loaded } from './load.ts'
import { printProgress } from './load-progress.ts'
import { answersOf, type Counted, type NodeState, ruleOf } from './node-state.ts'
import { drawsOf } from './splits.ts'

/** The problems that kept the old data in service; none where the new data is. Never rejects. */
export function reloadNode(state: NodeState): Promise<readonly Problem[]> {
  state.nextReload ??= state.reloading.then(() => {
    state.nextReload = undefined
    const reload = tryReload(state)
    state.reloading = reload
    return reload
  })
  return state.nextReload
}

async function tryReload(state: NodeState): Promise<readonly Problem[]> {
  if (state.isStopping) return []
  try {
    const problems = await reload(state)
    // Only here has everything on the way let go of the snapshot before.
    state.collector.collect()
    return problems
  } catch (error) {
    // The loader ends with the node, whatever it is at.
    if (state.isStopping) return []
    state.reloads.refused++
    state.log.error({ error }, 'a reload met a fault of the server itself; what was served before stays in service')
    const message = `expected to be read, found a fault of the server itself: ${String(error)}`
    state.reloads.lastProblems = [{ file: state.options.file, line: 0, col: 0, path: '', message, severity: 'error' }]
    return state.reloads.lastProblems
  }
}

async function reload(state: NodeState): Promise<readonly Problem[]> {
  const { log, options, loader } = state
  const { loaded, problems, watched } = await loader.load(options.file, state.loaded.snapshot.epoch + 1, (progress) =>
    log.info({}, `reloading ${printProgress(progress)}`),
  )
  if (state.isStopping) return []
  state.reloads.lastMs = Date.now()
  state.reloads.lastProblems = problems
  state.watching?.replace(watched)
  for (const problem of problems) log[isError(problem) ? 'error' : 'warn']({}, printProblem(problem))
  if (!loaded) {
    state.reloads.refused++
    log.error({ problems: problems.length }, 'the configuration has mistakes; the one before stays in service')
    return problems.filter(isError)
  }
  await useLoaded(state, loaded)
  return []
}

/** Settings that sockets, threads, connections and beliefs were made from. */
const FIXED = [
  'node',
  'listen',
  'workers',
  'transport',
  'tcp',
  'store',
  'state',
  'prober',
  'allow_exec',
  'log',
] as const
/** Of `health`: limits of the prober that runs. The rest takes effect with the board. */
const FIXED_HEALTH = ['probers_per_region', 'probes_per_target', 'probes_at_once'] as const

function keepFixed(state: NodeState, next: NodeConfig): NodeConfig {
  const kept = { ...next }
  const { config } = state.loaded
  const warnOf = (setting: string): void => state.log.warn({ setting }, `a change of \`${setting}\` takes a restart`)
  for (const key of FIXED) {
    if (JSON.stringify(config[key]) !== JSON.stringify(next[key])) warnOf(key)
    Object.assign(kept, { [key]: config[key] })
  }
  const health = { ...next.health }
  for (const key of FIXED_HEALTH) {
    if (config.health[key] !== health[key]) warnOf(`health.${key}`)
    health[key] = config.health[key]
  }
  // Its tokens change at once: one that has leaked must not need a restart.
  const { listen } = config.admin
  if (JSON.stringify(listen) !== JSON.stringify(next.admin.listen)) warnOf('admin.listen')
  return { ...kept, health, admin: { ...next.admin, listen } }
}

/** How long targets of new ALIAS records may take, before their names are answered with SERVFAIL. */
const ALIASES_MS = 5000

async function useLoaded(state: NodeState, loaded: Loaded): Promise<void> {
  const { log } = state
  if (state.workers) void state.serials.keep(loaded.serials)
  const config = keepFixed(state, loaded.config)
  // The region of the node, which stands in for `health.vantages`, takes a restart: the loader did not know.
  const board = createBoard(loaded.rows.length, vantagesOf(config).length, loaded.snapshot.cellCount)
  const snapshot = { ...loaded.snapshot, board }
  if (state.options.role === 'serve') {
    state.aliases.use(loaded.aliases, snapshot.overlay)
    await state.aliases.settled(ALIASES_MS)
  }
  const { byPool, allDown } = answersOf(state)
  const before = [
    { kept: state.answered, counts: byPool },
    { kept: state.answeredAllDown, counts: allDown },
    { kept: state.drawn, counts: drawsOf(state) },
  ]
  for (const { kept, counts } of before) addCounts(kept, counts)
  const old = { names: state.loaded.names, bound: state.bound }
  state.loaded = { ...loaded, config, snapshot, names: { ...loaded.names, vantages: vantagesOf(config) } }
  state.bound = bindSnapshot(snapshot)
  carryCells(old, { names: loaded.names, bound: state.bound })
  // The board is filled before any thread sees it: a reload forgets nothing.
  const { bound } = state
  state.keeper.useRule(ruleOf(config), config.health.unknown)
  state.keeper.useBoard(bound.board, loaded.rows, (nowSec, jumpSec) => settleSnapshot(bound, nowSec, jumpSec))
  state.ttls.use(loaded.poolTtls, state.now())
  const last = await state.workers?.swap(snapshot)
  state.aliases.release()
  // What was still answered from the old snapshot while the threads let go of it, one after the other.
  const since = ({ key, slot, count }: Counted): Counted => ({ key, slot, count: (last?.[slot] ?? count) - count })
  for (const { kept, counts } of before) addCounts(kept, counts.map(since))
  // Draws against shares that are no more say nothing of those that are.
  const current = new Set(drawsOf(state).map(({ key }) => key))
  for (const key of state.drawn.keys()) if (!current.has(key)) state.drawn.delete(key)
  state.roster?.replace(loaded.subjects)
  state.prober?.replaceSubjects(state.roster?.mine() ?? [])
  state.reloads.done++
  log.info({ hash: snapshot.hash, zones: snapshot.zones.length, records: loaded.records }, 'reloaded')
}

/** Keeps what was counted under the old snapshot, by name. */
function addCounts(kept: Map<string, number>, counts: readonly Counted[]): void {
  for (const { key, count } of counts) kept.set(key, (kept.get(key) ?? 0) + count)
}
