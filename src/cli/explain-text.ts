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

export interface ShowOptions {
  /** Pools that are taken for down. */
  readonly down: readonly string[]
  readonly bytes?: boolean
}

export function printExplanation(shown: Shown, answer: Asked, { down, bytes = false }: ShowOptions): string {
  const supposed = down.length === 0 ? '' : `; with all of ${down.join(', ')} down`
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
  const table = lines.length > 0 ? [printTable(lines)] : []
  return [`; ${head}${supposed}`, ...steps, result, ...table, ...(bytes ? dump(shown.response) : [])].join('\n')
}

const ROW = 16

/** Sixteen bytes a line, with where they begin and what of them is printable. */
function dump(bytes: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(bytes.length / ROW) }, (_, i) => {
    const row = [...bytes.subarray(i * ROW, (i + 1) * ROW)]
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = row.map((byte) => (byte > 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')
    return `${(i * ROW).toString(16).padStart(4, '0')}  ${hex.padEnd(3 * ROW - 1)}  ${text}`
  })
}
