// The files of this project, for the rules of the house.

import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { type Module, readModule } from './module.ts'

export const root = join(import.meta.dirname, '..', '..')

/** Every TypeScript file beneath some folders, parsed. */
export function readModules(...folders: readonly string[]): Module[] {
  return folders.flatMap((folder) =>
    listFiles(folder)
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readModule(path, readFileSync(join(root, path), 'utf8'))),
  )
}

/** Files beneath a folder, from the root of the project, with slashes. */
export function listFiles(folder: string): string[] {
  return globSync(`${folder}/**/*`, { cwd: root })
    .filter((path) => statSync(join(root, path)).isFile())
    .map((path) => path.split(sep).join('/'))
    .toSorted()
}

/** All that a clone would hold: what git tracks and what it would add, as text; binary files are left out. */
export function readTexts(): { path: string; text: string }[] {
  return listClone().flatMap((path) => {
    const bytes = statSync(join(root, path), { throwIfNoEntry: false })?.isFile()
      ? readFileSync(join(root, path))
      : undefined
    return bytes === undefined || bytes.includes(0) ? [] : [{ path, text: bytes.toString('utf8') }]
  })
}

function listClone(): string[] {
  // Whoever owns the checkout, only names are asked for. Without git (an unpacked archive) everything there counts.
  const args = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const git = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  if (git.status === 0) return [...new Set(git.stdout.split('\0'))].filter((path) => path !== '').toSorted()
  return globSync('**/*', { cwd: root, exclude: (path) => path === 'node_modules' || path === 'coverage' }).toSorted()
}
