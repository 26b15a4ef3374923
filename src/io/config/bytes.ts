// Of files that are not text: their bytes, and when any of some files was last changed.

import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs'

/** What was found of a file that changed while it was read. */
export const BEING_WRITTEN = 'it being written just now (replace it by renaming a finished one over it)'

/** The bytes of a file, or what was found instead. `read` reads an open file to its end. */
export function readBytes(
  file: string,
  read: (descriptor: number) => Uint8Array = readFileSync,
): { readonly bytes: Uint8Array } | { readonly wrong: string } {
  try {
    const descriptor = openSync(file, 'r')
    try {
      const before = stateOf(descriptor)
      const bytes = new Uint8Array(read(descriptor))
      // Half of an old file and half of a new one may look whole. What is renamed over it meanwhile is another file.
      if (stateOf(descriptor) === before) return { bytes }
      return { wrong: BEING_WRITTEN }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { wrong: code === 'ENOENT' ? 'nothing there' : code === 'EACCES' ? 'no permission to read it' : message }
  }
}

/** Differs where it was written to meanwhile. */
export function stateOf(descriptor: number): string {
  const { size, mtimeNs } = fstatSync(descriptor, { bigint: true })
  return `${size} ${mtimeNs}`
}

/** Unix time, in whole seconds, of the newest change to any of the files that are there. */
export function newestChangeSec(files: readonly string[]): number {
  let newest = 0
  for (const file of files) newest = Math.max(newest, statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  return Math.floor(newest / 1000)
}
