// What `meridian explain` prints: the steps in order, those of the steering tree indented as it is nested, then the answer.

import type { Explanation } from '../app/explain.ts'
import type { Asked } from '../io/ask/asked.ts'
import { printRcode, printType } from '../io/ask/mnemonic.ts'
import { printTable } from './table.ts'

const TOPIC_WIDTH = 9

/** What is shown, whoever explained. */
export interface Shown extends Explanation {
  /** The node that was asked; undefined where the configuration was loaded here. */
  readonly node: string | undefined
}

export function printExplanation(shown: Shown, answer: Asked): string {
  const head =
    shown.node === undefined
      ? 'no running node was asked: the state of every target is unknown, which counts as up'
      : `as ${shown.node} answers now`
  const steps = shown.steps.map(
    ({ topic, depth, text }) => `${topic.padEnd(TOPIC_WIDTH)} ${'  '.repeat(Math.max(0, depth - 1))}${text}`,
  )
  const records = [...answer.answer, ...answer.authority, ...answer.additional]
  const lines = records.map((record) => [record.name, String(record.ttlSec), printType(record.type), record.data])
  const scope = answer.edns?.subnet ? `, ECS scope /${answer.edns.subnet.scope}` : ''
  const result = `${'answer'.padEnd(TOPIC_WIDTH)} ${printRcode(answer.rcode)}${scope}, ${answer.size} bytes`
  return [`; ${head}`, ...steps, result, ...(lines.length > 0 ? [printTable(lines)] : [])].join('\n')
}
