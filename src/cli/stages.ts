// What `diff` and `replay` begin with: two configurations, and what is down in both.

import { openPair, rowsNamed, setDown, type Stage } from '../app/rehearsal/stage.ts'
import { printProblem } from '../core/base/problem.ts'
import { Exit, type Print } from './print.ts'

interface Stages {
  readonly old: Stage
  readonly new: Stage
}

/** Commander's way to a repeatable option. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

/** Undefined, and said why, where one of them has mistakes or nobody knows what is to be down. */
export function openStages(print: Print, old: string, fresh: string, down: readonly string[]): Stages | undefined {
  const stages = openPair(old, fresh)
  if ('problems' in stages) {
    for (const problem of stages.problems) print.err(printProblem(problem))
    print.exit(Exit.problems)
    return undefined
  }
  const wrong = down.flatMap((name) => takeDown([stages.old, stages.new], name) ?? [])
  if (wrong.length === 0) return stages
  for (const mistake of wrong) print.err(`error: --down: ${mistake}`)
  print.exit(Exit.usage)
  return undefined
}

/** In every stage that has it: a pool may be new, or gone. What is wrong where none has. */
function takeDown(stages: readonly Stage[], name: string): string | undefined {
  const found = stages.map((stage) => rowsNamed(stage, name))
  for (const [i, rows] of found.entries())
    if (typeof rows !== 'string') for (const row of rows) setDown(stages[i]!, row, true)
  const [first] = found
  return found.every((rows) => typeof rows === 'string') ? (first as string) : undefined
}
