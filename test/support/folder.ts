// A folder of files for one test: a configuration and its zones, written as objects or as text.

import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Folder extends Disposable {
  readonly path: string
  /** Writes a file and returns its path. Objects other than bytes become JSON, which is YAML too. */
  write(name: string, content: string | object): string
  /** The same as editors and `kubectl` do it: another file takes the name. */
  replace(name: string, content: string | object): string
}

export function openFolder(files: Readonly<Record<string, string | object>> = {}): Folder {
  const path = mkdtempSync(join(tmpdir(), 'meridian-test-'))
  const write = (name: string, content: string | object): string => {
    const file = join(path, name)
    mkdirSync(dirname(file), { recursive: true })
    const isPlain = typeof content === 'string' || content instanceof Uint8Array
    writeFileSync(file, isPlain ? content : `${JSON.stringify(content, undefined, 1)}\n`)
    return file
  }
  for (const [name, content] of Object.entries(files)) write(name, content)
  return {
    path,
    write,
    replace(name, content) {
      // A name that starts with a dot is passed over by whoever reads the folder meanwhile.
      renameSync(write(join(dirname(name), '.next'), content), join(path, name))
      return join(path, name)
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
