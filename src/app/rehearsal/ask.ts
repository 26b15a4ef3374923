// Asking a stage: the question goes through `answer` as it does on the wire, and what comes back is read from the bytes. Which
// pools stand behind the answer is read from what the function has left in its context.

import { answer } from '../../core/answer/answer.ts'
import { type Context, openContext } from '../../core/answer/context.ts'
import type { Bound } from '../../core/answer/snapshot.ts'
import { Count } from '../../core/answer/counters.ts'
import type { Address, Prefix } from '../../core/base/address.ts'
import { NO_ROW } from '../../core/health/board.ts'
import type { SteerNames } from '../../core/steer/compile.ts'
import { TargetField } from '../../core/steer/pool.ts'
import { type Question, writeQuestion } from '../explain.ts'
import type { Stage } from './stage.ts'

/** One record of an answer. */
export interface Given {
  /** Its data as text that is equal where the bytes are. */
  readonly data: string
  /** The target as it was configured, or the data again where no service chose it. */
  readonly label: string
  /** Undefined where no service chose it. */
  readonly pool: string | undefined
  /** Of the board; NO_ROW where nothing can take the record down. */
  readonly row: number
}

export interface Reply {
  readonly rcode: number
  readonly given: readonly Given[]
  /** The pool that was chosen, though it may hold nothing of the type asked for. */
  readonly pool: string | undefined
  /** Of the first record, of the answer or, where that is empty, the authority section; 0 where there is none. */
  readonly ttlSec: number
  readonly scope: number
  readonly isSteered: boolean
  /** Valid until the next question: it is the buffer that all answers are written to. */
  readonly bytes: Uint8Array
}

export interface Asker {
  readonly stage: Stage
  /** Its own: askers of one stage do not disturb each other. */
  readonly context: Context
  ask(request: Uint8Array, sender: Address, nowSec: number): Reply
}

export function openAsker(stage: Stage): Asker {
  const context = openContext(stage.bound, 'tcp')
  const out = new Uint8Array(65_535)
  return {
    stage,
    context,
    ask(request, sender, nowSec) {
      context.nowSec = nowSec
      const before = context.counters[Count.steered]!
      const length = answer(context, request, 0, request.length, sender.bytes, 0, sender.family, out, 0, out.length)
      const isSteered = context.counters[Count.steered] !== before
      return readReply(stage, context, out.subarray(0, length), isSteered)
    },
  }
}

/** The question as a resolver sends it that passes its client's network on, in full length; without `client`, as one that does not. */
export function requestFor(name: Uint8Array, type: number, client: Prefix | undefined, sender: Address): Uint8Array {
  const question: Question = { name, type, subnet: client, resolver: sender }
  return writeQuestion(question)
}

function readReply(stage: Stage, context: Context, bytes: Uint8Array, isSteered: boolean): Reply {
  const names = isSteered ? namesFor(stage, context) : undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const data: string[] = []
  const answers = view.getUint16(6)
  let ttlSec = 0
  let at = skipName(bytes, 12) + 4
  for (let i = 0; i < answers || (i === 0 && view.getUint16(8) > 0); i++) {
    at = skipName(bytes, at)
    const length = view.getUint16(at + 8)
    if (i === 0) ttlSec = view.getUint32(at + 4)
    if (i < answers) data.push(hexOf(bytes, at + 10, length))
    at += 10 + length
  }
  const behind = names ? targetsBehind(context, stage.bound.tables, data) : []
  const given = data.map((each, i): Given => {
    const target = names?.targets.get(behind[i] ?? -1)
    return { data: each, label: target?.text ?? each, pool: target?.pool, row: target?.row ?? NO_ROW }
  })
  const slot = names?.slots[context.asking.slot]
  const pool = given.find((each) => each.pool !== undefined)?.pool ?? slot?.pool
  return { rcode: bytes[3]! & 15, given, pool, ttlSec, scope: context.scope, isSteered, bytes }
}

/** Those of the zone whose table was walked; an alias may have led out of the zone that was asked for. */
function namesFor({ bound, loaded }: Stage, { asking }: Context): SteerNames | undefined {
  return loaded.names.steering[bound.tables.findIndex(({ words }) => words === asking.table)]
}

/** The chosen target behind each record: in order where there are as many, else by its data, because aliases stand before it. */
function targetsBehind(context: Context, tables: Bound['tables'], data: readonly string[]): number[] {
  const { asking } = context
  const chosen = [...asking.chosen.subarray(0, asking.chosenCount)]
  if (chosen.length === data.length) return chosen
  const bytes = tables.find(({ words }) => words === asking.table)?.bytes
  const byData = new Map(
    chosen.map((target) => {
      const [at, length] = [asking.table[target + TargetField.data]!, asking.table[target + TargetField.length]!]
      return [bytes ? hexOf(bytes, at, length) : '', target]
    }),
  )
  return data.map((each) => byData.get(each) ?? -1)
}

function skipName(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] !== 0) {
    if (bytes[at]! >= 0xc0) return at + 2
    at += 1 + bytes[at]!
  }
  return at + 1
}

function hexOf(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('hex')
}
