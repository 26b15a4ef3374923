// The serials that a node has served, on its disk: a restart with older files must not go back to an earlier one (RFC 1982).

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { Failure } from '../core/base/failure.ts'
import type { Problem } from '../core/base/problem.ts'
import { At, bindZone } from '../core/zone/image.ts'
import { keepSerialRising, type Serial, type ServedSerial, withoutSerial } from '../core/zone/serial.ts'
import { readJson } from '../io/store/json-text.ts'
import { openStateFolder, type StateFolder } from '../io/store/state-folder.ts'
import type { Log } from '../io/telemetry/log.ts'
import type { NodeConfig } from './config.ts'
import { beside } from './reading.ts'
import { version } from './version.ts'

const FILE = 'serials.json'

const serial = z.int().min(0).max(0xffff_ffff)
const stored = z.object({
  /** Who wrote it: images of another version may have other fingerprints for the same records. */
  by: z.string(),
  zones: z.record(z.string(), z.object({ wanted: serial, served: serial, fingerprint: z.string() })),
})

/** By zone, also those that are no longer served. */
export type Serials = ReadonlyMap<string, ServedSerial>

/** Nodes that run side by side from one folder of configuration each have their own. */
export function stateFolderOf(file: string, { node, state }: NodeConfig): StateFolder {
  return openStateFolder(join(beside(file, state), node.name))
}

/** Reads what the run before has left; a file that nobody understands is set aside. */
export function readSerials(folder: StateFolder): { readonly serials: Serials; readonly problem?: Problem } {
  const begin = (message: string) => ({
    serials: new Map<string, ServedSerial>(),
    problem: { file: join(folder.path, FILE), line: 0, col: 0, path: '', message, severity: 'warning' } as const,
  })
  let text: string | undefined
  try {
    text = folder.read(FILE)
  } catch (error) {
    return begin(`${(error as Failure).message}: serials begin anew`)
  }
  if (text === undefined) return { serials: new Map() }
  const read = stored.safeParse(readJson(text))
  if (!read.success) {
    folder.setAside(FILE)
    return begin('expected the serials that were served before, found something else: set aside, serials begin anew')
  }
  const { by, zones } = read.data
  const entries = Object.entries(zones).map(
    ([name, zone]) => [name, by === version() ? zone : { ...zone, fingerprint: '' }] as const,
  )
  return { serials: new Map(entries) }
}

/** Gives an image a serial that is no earlier than the one before, and tells what is to be remembered of it. */
export function raiseSerial(image: SharedArrayBuffer, before: ServedSerial | undefined): ServedSerial {
  const fingerprint = withoutSerial(image, (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 32))
  const wanted = bindZone(image).words[At.serial]!
  const risen: Serial = before ? keepSerialRising(image, fingerprint, before) : { wanted, served: wanted }
  return { ...risen, fingerprint }
}

export interface SerialKeeper {
  /** Resolves when they are on disk, or when that failed and was logged. A reload does not wait for it, a stop does. */
  keep(serials: Serials): Promise<void>
  /** Resolves when nothing is being written. */
  settled(): Promise<void>
}

export function openSerialKeeper(folder: StateFolder, log: Log): SerialKeeper {
  let [kept, isFailing] = ['', false]
  let last = Promise.resolve()
  const write = async (text: string): Promise<void> => {
    if (text === kept) return
    try {
      await folder.write(FILE, text)
      kept = text
      isFailing = false
    } catch (error) {
      const { code, message } = error as Failure
      if (!isFailing) log.warn({ code, reason: message }, 'serials cannot be kept on disk: a restart may go back')
      isFailing = true
    }
  }
  return {
    keep(serials) {
      const text = `${JSON.stringify({ by: version(), zones: Object.fromEntries(serials) }, undefined, 1)}\n`
      last = last.then(() => write(text))
      return last
    },
    settled: () => last,
  }
}
