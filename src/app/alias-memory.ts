// The last answers about ALIAS targets as they stand on disk: for a restart while no resolver answers.

import { z } from 'zod'
import { parseAddress, printAddress } from '../core/base/address.ts'
import type { Failure } from '../core/base/failure.ts'
import { type Resolution, Resolved } from '../core/zone/overlay.ts'
import { readJson } from '../io/store/json-text.ts'
import type { StateFolder } from '../io/store/state-folder.ts'
import type { Log } from '../io/telemetry/log.ts'
import { Type } from '../core/wire/message.ts'
import { keyOf } from '../io/upstream/refresher.ts'

export type KeptAnswer = Pick<Resolution, 'state' | 'addresses' | 'sinceSec' | 'untilSec'>

const VERSION = 1
const states = ['addresses', 'nothing', 'nowhere'] as const

const keptSchema = z.strictObject({
  version: z.literal(VERSION),
  answers: z.array(
    z.strictObject({
      name: z.string(),
      type: z.enum(['A', 'AAAA']),
      state: z.enum(states),
      addresses: z.array(z.string().refine((text) => parseAddress(text) !== undefined)),
      sinceSec: z.int().min(0).max(0x7fff_ffff),
      untilSec: z.int().min(0).max(0x7fff_ffff),
    }),
  ),
})

/** By `keyOf`. What cannot be understood is set aside, and said. */
export function readKept(folder: StateFolder, file: string, log: Log): ReadonlyMap<string, KeptAnswer> {
  const begin = (reason: string): ReadonlyMap<string, KeptAnswer> => {
    log.warn({ code: 'state-garbled', reason }, 'what ALIAS targets led to before cannot be read from disk')
    return new Map()
  }
  let text: string | undefined
  try {
    text = folder.read(file)
  } catch (error) {
    return begin((error as Failure).message)
  }
  if (text === undefined) return new Map()
  const read = keptSchema.safeParse(readJson(text))
  if (read.success) return byKey(read.data)
  folder.setAside(file)
  return begin(`${file} is not what this version writes: set aside`)
}

function byKey({ answers }: z.output<typeof keptSchema>): Map<string, KeptAnswer> {
  return new Map(
    answers.map(({ name, type, state, addresses, sinceSec, untilSec }) => {
      const family = type === 'AAAA' ? 6 : 4
      const parsed = addresses.map((address) => parseAddress(address)!).filter((address) => address.family === family)
      return [
        keyOf({ name, type: Type[type] }),
        { state: Resolved[state], addresses: parsed.map(({ bytes }) => bytes), sinceSec, untilSec },
      ]
    }),
  )
}

export async function writeKept(
  folder: StateFolder,
  file: string,
  known: readonly { readonly name: string; readonly type: number; readonly resolution: Resolution | undefined }[],
): Promise<void> {
  const answers = known.flatMap(({ name, type, resolution }) => {
    const state = states.find((each) => Resolved[each] === resolution?.state)
    if (!resolution || !state) return []
    const { sinceSec, untilSec } = resolution
    const addresses = resolution.addresses.map(printAddress)
    return [{ name, type: type === Type.AAAA ? 'AAAA' : 'A', state, addresses, sinceSec, untilSec }]
  })
  await folder.write(file, `${JSON.stringify({ version: VERSION, answers })}\n`)
}
