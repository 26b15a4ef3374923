// What a node keeps on its own disk, so that a restart without the store forgets nothing: small texts by name, each in place of the
// last. A file is written beside, synced and renamed, so that a crash leaves the old one or the new one and never a half.

import { mkdir, open, rename, rm } from 'node:fs/promises'
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../core/base/failure.ts'

export interface StateFolder {
  readonly path: string
  /** What was written last; undefined where nothing was. Throws a Failure where it cannot be read. Before anything is served, so it waits. */
  read(name: string): string | undefined
  /** One after the other, in the order of the calls. Rejects with a Failure. */
  write(name: string, text: string): Promise<void>
  /** Keeps what nobody understands under another name, so that the next write does not destroy it. */
  setAside(name: string): void
}

/** The folder is made with the first write. */
export function openStateFolder(path: string): StateFolder {
  let last: Promise<unknown> = Promise.resolve()
  return {
    path,

    read(name) {
      try {
        return readFileSync(join(path, name), 'utf8')
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
        throw new Failure('state-garbled', `cannot read ${join(path, name)}: ${message}`, error)
      }
    },

    async write(name, text) {
      const writing = last.then(() => replaceFile(path, name, text))
      last = writing.catch(() => undefined)
      try {
        await writing
      } catch (error) {
        throw new Failure('state-unwritable', `cannot write ${join(path, name)}: ${(error as Error).message}`, error)
      }
    },

    setAside(name) {
      try {
        renameSync(join(path, name), join(path, `${name}.unreadable`))
      } catch {
        // Then the next write fails as well, and says so.
      }
    },
  }
}

async function replaceFile(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const next = join(folder, `.${name}.new`)
  try {
    await writeSynced(next, text)
    await rename(next, join(folder, name))
  } catch (error) {
    await rm(next, { force: true }).catch(() => undefined)
    throw error
  }
  // Without this the name may be lost in a crash, though what it names is not.
  const directory = await open(folder, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
