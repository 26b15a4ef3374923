// Rules over everything a clone holds, code or not: the project names no machine and no mirror it was made with.

import type { Violation } from './rules.ts'

export interface TextFile {
  readonly path: string
  readonly text: string
}

/** Directories that begin a path on somebody's machine; a path of the project's own is relative. */
const machinePath = /(?<![\w.~-])(\/(home|Users|root|work|workspace|builds)\/|[A-Z]:\\Users\\)[\w.-]*/
/** Hosts that packages come from. Each machine has its own settings for that, and names for examples stay free. */
const packageHost =
  /(?<![\w.-])(registry|npm|deb|security|mirrors?|proxy|pypi)\.(?!(?:[\w-]+\.)*(?:example|test|invalid)\b)[a-z0-9-]+(\.[a-z0-9-]+)*\.(org|com|net|io|dev)\b/i

/** `own` are paths of this very machine that must not occur either, such as the checkout's. */
export function namesNoMachine(files: readonly TextFile[], own: readonly string[] = []): Violation[] {
  return onLines(files, (line) => {
    const found = machinePath.exec(line)?.[0] ?? own.find((path) => line.includes(path))
    return found === undefined ? undefined : `names a path of somebody's machine: ${found}`
  })
}

export function namesNoPackageHost(files: readonly TextFile[]): Violation[] {
  return onLines(files, (line) => {
    const host = packageHost.exec(line)?.[0]
    return host === undefined ? undefined : `names a host that packages come from: ${host}`
  })
}

/** A lockfile with addresses installs only where these can be reached; the digests in it are enough. */
export function lockfileHasNoAddresses(lockfile: TextFile): Violation[] {
  return onLines([lockfile], (line) =>
    /"resolved": "\w+:\/\//.test(line) ? 'records where a package was fetched' : undefined,
  )
}

/**
 * `npm ci` refuses a lockfile that lacks an optional package of one that it has. A machine whose registry does not carry the
 * packages of other systems writes such a lockfile without a word; tools/lockfile.ts completes it.
 */
export function lockfileIsWhole({ path, text }: TextFile): Violation[] {
  const { packages } = JSON.parse(text) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>
  }
  return Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !(`node_modules/${name}` in packages) && !(`${place}/node_modules/${name}` in packages))
      .map((name) => ({ path, line: 0, message: `lacks ${name}, which ${place} may need: node tools/lockfile.ts` })),
  )
}

export const maxScripts = 10

export function fewScripts({ path, text }: TextFile): Violation[] {
  const scripts = Object.keys((JSON.parse(text) as { scripts?: object }).scripts ?? {})
  if (scripts.length <= maxScripts) return []
  return [{ path, line: 0, message: `has ${scripts.length} scripts, more than ${maxScripts}` }]
}

function onLines(files: readonly TextFile[], check: (line: string) => string | undefined): Violation[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const message = check(line)
      return message === undefined ? [] : [{ path, line: index + 1, message }]
    }),
  )
}
