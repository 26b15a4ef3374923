// A stage: a configuration loaded as a node would load it, with a board of its own on which the rehearsal itself writes who is
// up. Nothing is probed, nothing listens, and what answers is the function that answers on the wire.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type Bound, bindSnapshot, settleSnapshot } from '../../core/answer/snapshot.ts'
import type { Problem } from '../../core/base/problem.ts'
import { didYouMean } from '../../core/base/suggest.ts'
import { DOWN, UP, writeState } from '../../core/health/board.ts'
import { type Loaded, loadNode } from '../load.ts'
import { type StandIns, standIn } from './stand-in.ts'

export interface Stage {
  readonly loaded: Loaded
  readonly bound: Bound
  /** What the addresses of ALIAS targets are called. */
  readonly standIns: StandIns
}

export type Staged = { readonly stage: Stage } | { readonly problems: readonly Problem[] }

/** What `meridian.yaml` is called where a folder was named. */
function configIn(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  return isFolder ? join(path, 'meridian.yaml') : path
}

/** `path` is a meridian.yaml or the folder of one. Every target is up, but for those that the configuration drains. */
export function openStage(path: string): Staged {
  const { loaded, problems } = loadNode(configIn(path), 1)
  return loaded ? { stage: stageOf(loaded, loaded.snapshot.secret) } : { problems }
}

/** Two configurations with the dice of the first, so that nothing differs because the secret does. */
export function openPair(
  oldPath: string,
  newPath: string,
): { old: Stage; new: Stage } | { problems: readonly Problem[] } {
  const first = openStage(oldPath)
  const second = openStage(newPath)
  if ('stage' in first && 'stage' in second) {
    const { secret } = first.stage.loaded.snapshot
    return { old: first.stage, new: stageOf(second.stage.loaded, secret) }
  }
  return { problems: [first, second].flatMap((staged) => ('problems' in staged ? staged.problems : [])) }
}

function stageOf(loaded: Loaded, secret: Uint8Array): Stage {
  const bound = bindSnapshot({ ...loaded.snapshot, secret })
  for (const [row, { isDrained }] of loaded.rows.entries()) writeState(bound.board, row, UP, isDrained)
  settleSnapshot(bound, 0)
  return { loaded, bound, standIns: standIn(loaded.aliases, bound.snapshot.overlay) }
}

/**
 * Rows of the board behind a name: a pool (`eu`, in whatever zone; `example.com/eu` in that one) or a target's address. What
 * is wrong with the name as a string.
 */
export function rowsNamed({ loaded }: Stage, name: string): number[] | string {
  const { rows } = loaded
  const named = [...rows.keys()].filter((row) => {
    const { scope, pool, target } = rows[row]!
    return name === pool || name === target || name === `${scope}/${pool}`
  })
  const isChecked = (row: number): boolean => rows[row]!.subject !== undefined || rows[row]!.isDrained
  const found = named.filter(isChecked)
  if (found.length > 0) return found
  if (named.length > 0) return `"${name}" has no check, so nothing can take it down`
  const checked = rows.filter((_, row) => isChecked(row))
  const known = [...new Set(checked.flatMap(({ pool, target }) => [pool, target]))]
  const pools = [...new Set(checked.map(({ pool }) => pool))]
  const hint = didYouMean(name, known) ?? (pools.length > 0 ? `there is ${pools.slice(0, 8).join(', ')}` : undefined)
  return `expected a pool or target with a check, found "${name}"${hint === undefined ? '' : ` (${hint})`}`
}

export function setDown(stage: Stage, row: number, isDown: boolean): void {
  writeState(stage.bound.board, row, isDown ? DOWN : UP, stage.loaded.rows[row]!.isDrained)
}
