// Reading the operator's files. A path counts from the file it stands in; what cannot be read is a Problem at that place.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Problem } from '../../core/base/problem.ts'

/** Where a path was written: `{ file, line, col, path }`. A file named on the command line refers to itself, with line 0. */
export type Reference = Pick<Problem, 'file' | 'line' | 'col' | 'path'>

export type ReadResult =
  | { readonly text: string; readonly problem?: never }
  | { readonly problem: Problem; readonly text?: never }

/** What `path`, standing in `file`, means. */
export function resolvePath(file: string, path: string): string {
  return resolve(dirname(file), path)
}

/** The text of a file in UTF-8. */
export function readText(file: string, from: Reference = wholeFile(file)): ReadResult {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file)) }
  } catch (error) {
    return { problem: unreadable(error, file, 'a file', from) }
  }
}

/** A file itself, or the files of a directory (not of those in it) whose names end in one of `extensions`, in order of name. */
export function listFiles(
  path: string,
  extensions: readonly string[],
  from: Reference = wholeFile(path),
): { readonly files: readonly string[]; readonly problems: readonly Problem[] } {
  try {
    if (!statSync(path).isDirectory()) return { files: [path], problems: [] }
    const names = readdirSync(path).filter((name) => !isForOthers(name) && extensions.some((end) => name.endsWith(end)))
    const files = names.sort().map((name) => join(path, name))
    // A dangling link stays in the list: reading it says what is wrong.
    return {
      files: files.filter((file) => statSync(file, { throwIfNoEntry: false })?.isDirectory() !== true),
      problems: [],
    }
  } catch (error) {
    return { files: [], problems: [unreadable(error, path, 'a file or directory', from)] }
  }
}

// Hidden files are Kubernetes' ..data and editors' swap files; #name# is Emacs'.
function isForOthers(name: string): boolean {
  return name.startsWith('.') || name.startsWith('#')
}

export function wholeFile(file: string): Reference {
  return { file, line: 0, col: 0, path: '' }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'nothing there',
  ENOTDIR: 'nothing there',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  EISDIR: 'a directory',
  ELOOP: 'a circle of links',
  ENAMETOOLONG: 'a path that is too long',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'bytes that are not UTF-8',
}

/** What was found where something to read was expected. */
export function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return reasons[code] ?? message
}

export function unreadable(error: unknown, path: string, wanted: string, from: Reference): Problem {
  const which = from.file === path ? '' : ` at ${path}`
  const { file, line, col } = from
  return {
    file,
    line,
    col,
    path: from.path,
    message: `expected ${wanted}${which}, found ${reasonOf(error)}`,
    severity: 'error',
  }
}
