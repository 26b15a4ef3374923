// Watching files and directories. Three ways of changing a file must be noticed: writing it in place, renaming another over it
// (editors), and swapping a symbolic link somewhere above it (Kubernetes' ConfigMaps). The kernel's notices are only a reason to look
// soon, because they get lost on some file systems; a look compares fingerprints, and happens every `pollMs` anyway. A change is
// reported once nothing has changed further for `debounceMs`, so that half-written files are not read.

import { type BigIntStats, readdirSync, statSync, watch } from 'node:fs'
import { dirname, resolve } from 'node:path'

export interface Watching {
  close(): void
  /** Watches these paths from now on; what stays is not forgotten. */
  replace(paths: readonly string[]): void
}

export interface WatchOptions {
  readonly debounceMs?: number
  readonly pollMs?: number
  /** Calls `run` once after `ms`, unless the function returned is called before. */
  readonly setTimer?: (run: () => void, ms: number) => () => void
  /** Tells of anything that happens in a directory, until the function returned is called; may throw if it cannot. */
  readonly watchDirectory?: (path: string, onEvent: () => void, onLost: () => void) => () => void
}

export function watchFiles(
  paths: readonly string[],
  onChange: (changed: readonly string[]) => void,
  { debounceMs = 200, pollMs = 2000, setTimer = setUnrefTimer, watchDirectory = watchByKernel }: WatchOptions = {},
): Watching {
  /** What was last reported, and what was last seen. */
  let reported = takeAll(paths, new Map())
  let seen = reported
  let isClosed = false
  let stopSettling: (() => void) | undefined
  let stopPolling: (() => void) | undefined
  const directories = new Map<string, { readonly inode: string; readonly stop: () => void }>()

  function look(): void {
    const now = takeAll([...reported.keys()], new Map())
    const isStable = isSame(now, seen)
    seen = now
    if (!isStable) return settle()
    const changed = [...now.keys()].filter((path) => now.get(path) !== reported.get(path))
    reported = now
    if (changed.length > 0) onChange(changed)
  }

  // A notice during the wait changes nothing: a directory in which something is always going on must not put us off for ever.
  function settle(): void {
    stopSettling ??= setTimer(() => {
      stopSettling = undefined
      if (!isClosed) look()
    }, debounceMs)
  }

  function poll(): void {
    stopPolling = setTimer(() => {
      if (isClosed) return
      watchDirectories()
      if (!stopSettling && !isSame(takeAll([...reported.keys()], new Map()), reported)) settle()
      poll()
    }, pollMs)
  }

  // At each poll again, for directories that have come into being since, or are others under the same name.
  function watchDirectories(): void {
    const wanted = new Set([...reported.keys()].flatMap((path) => [path, dirname(path)]))
    for (const [path, { inode, stop }] of directories) {
      if (wanted.has(path) && inodeOfDirectory(path) === inode) continue
      directories.delete(path)
      stop()
    }
    for (const path of wanted) {
      const inode = inodeOfDirectory(path)
      if (directories.has(path) || inode === undefined) continue
      try {
        directories.set(path, { inode, stop: watchDirectory(path, settle, () => directories.delete(path)) })
      } catch {
        // No watches left, or it went away just now: polling still sees it.
      }
    }
  }

  watchDirectories()
  poll()
  return {
    close: () => {
      isClosed = true
      stopSettling?.()
      stopPolling?.()
      for (const { stop } of directories.values()) stop()
      directories.clear()
    },
    replace: (next) => {
      if (isClosed) return
      reported = takeAll(next, reported)
      seen = takeAll(next, seen)
      watchDirectories()
    },
  }
}

/** A fingerprint for each path; those in `known` keep theirs. */
function takeAll(paths: readonly string[], known: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(paths.map((path) => resolve(path)).map((path) => [path, known.get(path) ?? fingerprint(path)]))
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([path, print]) => b.get(path) === print)
}

// stat follows links, so that a swapped link is another inode. The time of the inode's change is there for copies that keep the
// time of modification.
function fingerprint(path: string): string {
  const stat = statOf(path)
  if (!stat?.isDirectory()) return print(stat)
  try {
    const names = readdirSync(path).sort()
    return names.map((name) => `${name} ${print(statOf(`${path}/${name}`))}`).join('\n')
  } catch {
    return 'gone'
  }
}

function print(stat: BigIntStats | undefined): string {
  return stat ? [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ') : 'gone'
}

function inodeOfDirectory(path: string): string | undefined {
  const stat = statOf(path)
  return stat?.isDirectory() ? `${stat.dev} ${stat.ino}` : undefined
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true })
  } catch {
    return undefined // gone, or for others' eyes only, which comes to the same
  }
}

function setUnrefTimer(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

function watchByKernel(path: string, onEvent: () => void, onLost: () => void): () => void {
  const watcher = watch(path, { persistent: false })
  watcher.on('change', onEvent)
  // A directory that vanished is no longer told of: its watch must go, or its successor under the same name would not be seen.
  watcher.on('error', () => {
    watcher.close()
    onLost()
  })
  return () => watcher.close()
}
