// Of files that are not text: their bytes, and when any of some files was last changed.

import { readFileSync, statSync } from 'node:fs'

/** The bytes of a file, or what was found instead. */
export function readBytes(file: string): { readonly bytes: Uint8Array } | { readonly wrong: string } {
  try {
    return { bytes: new Uint8Array(readFileSync(file)) }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { wrong: code === 'ENOENT' ? 'nothing there' : code === 'EACCES' ? 'no permission to read it' : message }
  }
}

/** Unix time, in whole seconds, of the newest change to any of the files that are there. */
export function newestChangeSec(files: readonly string[]): number {
  let newest = 0
  for (const file of files) newest = Math.max(newest, statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  return Math.floor(newest / 1000)
}
