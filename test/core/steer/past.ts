// The past of a tree: verdicts that changed at a time, orders to return, and the settling that looks at them.

import { DOWN, UP, writeReturned, writeSince, writeState } from '../../../src/core/health/board.ts'
import { settle } from '../../../src/core/steer/settle.ts'
import type { Tree } from './tree.ts'

function rowOf(tree: Tree, address: string): number {
  for (const { text, row } of tree.names.targets.values()) if (text === address) return row
  throw new Error(`no target ${address}`)
}

/** A verdict, and when it came. */
export function change(tree: Tree, address: string, state: 'up' | 'down' | 'drained', sec: number): void {
  const row = rowOf(tree, address)
  writeState(tree.asking.board, row, state === 'down' ? DOWN : UP, state === 'drained')
  if (state !== 'drained') writeSince(tree.asking.board, row, sec)
}

export function orderReturn(tree: Tree, address: string, sec: number): void {
  writeReturned(tree.asking.board, rowOf(tree, address), sec)
}

export function settleAt(tree: Tree, nowSec: number): void {
  settle(tree.words, tree.asking.floats, tree.asking.places, tree.asking.board, 0, nowSec)
}
