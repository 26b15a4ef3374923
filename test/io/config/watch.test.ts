// What counts as a change, and when it is told. Timers are run by hand; only the last test waits for the kernel.

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Watching, watchFiles } from '../../../src/io/config/watch.ts'

let dir = ''
let watching: Watching | undefined
let changes: string[][] = []
/** Timers that wait, and watches that are open. */
let timers: { run: () => void; ms: number }[] = []
let watches = new Map<string, { onEvent: () => void; onLost: () => void }>()

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meridian-watch-'))
  writeFileSync(join(dir, 'a'), 'one')
  writeFileSync(join(dir, 'b'), 'one')
  changes = []
  timers = []
  watches = new Map()
})
afterEach(() => {
  watching?.close()
  watching = undefined
  rmSync(dir, { recursive: true, force: true })
})

const at = (...names: string[]): string => join(dir, ...names)

function start(...names: string[]): Watching {
  watching = watchFiles(
    names.map((name) => at(name)),
    (changed) => changes.push(changed.map((path) => path.slice(dir.length + 1))),
    {
      debounceMs: 1,
      pollMs: 100,
      setTimer: (run, ms) => {
        const timer = { run, ms }
        timers.push(timer)
        return () => void (timers = timers.filter((other) => other !== timer))
      },
      watchDirectory: (path, onEvent, onLost) => {
        if (path.endsWith('refused')) throw new Error('ENOSPC')
        watches.set(path, { onEvent, onLost })
        return () => void watches.delete(path)
      },
    },
  )
  return watching
}

/** Runs the timers of one kind that wait now. */
function pass(ms: number): void {
  const due = timers.filter((timer) => timer.ms === ms)
  timers = timers.filter((timer) => timer.ms !== ms)
  for (const { run } of due) run()
}
const poll = (): void => pass(100)
/** A wait to see that something changed, and one to see that it has come to rest. */
function settle(): void {
  pass(1)
  pass(1)
}

describe('a change', () => {
  test.each<[string, () => void]>([
    ['writing in place', () => writeFileSync(at('a'), 'two!')],
    [
      'renaming another file over it',
      () => {
        writeFileSync(at('tmp'), 'two')
        renameSync(at('tmp'), at('a'))
      },
    ],
    ['removing it', () => unlinkSync(at('a'))],
    [
      'a copy of the same size that keeps the time',
      () => {
        writeFileSync(at('a'), 'two')
        utimesSync(at('a'), 1, 1)
      },
    ],
  ])('%s is told once, and nothing after it', (_, act) => {
    start('a', 'b')
    act()
    poll()
    settle()
    expect(changes).toEqual([['a']])
    poll()
    settle()
    expect(changes).toHaveLength(1)
  })

  test('of a file that comes into being is told', () => {
    start('later/c')
    mkdirSync(at('later'))
    poll()
    writeFileSync(at('later', 'c'), '')
    expect([...watches.keys()]).toContain(at('later'))
    watches.get(at('later'))!.onEvent()
    settle()
    expect(changes).toEqual([['later/c']])
  })

  test.each<[string, () => void]>([
    ['a new file', () => writeFileSync(at('zones', 'y'), '')],
    ['a file written', () => writeFileSync(at('zones', 'x'), 'two')],
    ['a file removed', () => unlinkSync(at('zones', 'x'))],
    ['the directory removed', () => rmSync(at('zones'), { recursive: true })],
  ])('in a directory, %s, is told', (_, act) => {
    mkdirSync(at('zones'))
    writeFileSync(at('zones', 'x'), '')
    start('zones')
    act()
    poll()
    settle()
    expect(changes).toEqual([['zones']])
  })

  test('of a link above the file, as Kubernetes makes it, is told', () => {
    for (const version of ['..v1', '..v2']) {
      mkdirSync(at(version))
      writeFileSync(at(version, 'm.yaml'), 'same size')
    }
    symlinkSync('..v1', at('..data'))
    symlinkSync('..data/m.yaml', at('m.yaml'))
    start('m.yaml')
    symlinkSync('..v2', at('..data_tmp'))
    renameSync(at('..data_tmp'), at('..data'))
    watches.get(dir)!.onEvent()
    settle()
    expect(changes).toEqual([['m.yaml']])
  })
})

describe('patience', () => {
  test('a file still being written is not told of', () => {
    start('a')
    writeFileSync(at('a'), '1')
    watches.get(dir)!.onEvent()
    pass(1)
    writeFileSync(at('a'), '12')
    pass(1)
    expect(changes).toEqual([])
    pass(1)
    expect(changes).toEqual([['a']])
  })

  test('notices of other things in the directory tell of nothing, and do not put off the look', () => {
    start('a')
    writeFileSync(at('a'), '12')
    for (let i = 0; i < 5; i++) watches.get(dir)!.onEvent()
    expect(timers.filter(({ ms }) => ms === 1)).toHaveLength(1)
    settle()
    writeFileSync(at('log'), 'x')
    watches.get(dir)!.onEvent()
    settle()
    expect(changes).toEqual([['a']])
  })
})

describe('upkeep', () => {
  test('a directory that cannot be watched is polled', () => {
    mkdirSync(at('refused'))
    start('refused')
    writeFileSync(at('refused', 'x'), '')
    poll()
    settle()
    expect(changes).toEqual([['refused']])
  })

  test('a lost watch, and one of a directory since replaced, is opened anew', () => {
    mkdirSync(at('zones'))
    start('zones')
    const first = watches.get(at('zones'))
    first!.onLost()
    poll()
    const second = watches.get(at('zones'))
    expect(second).not.toBe(first)
    mkdirSync(at('new'))
    rmSync(at('zones'), { recursive: true })
    renameSync(at('new'), at('zones'))
    poll()
    expect(watches.get(at('zones'))).not.toBe(second)
  })

  test('replacing the paths keeps what was not told yet, and forgets what is no longer wanted', () => {
    const all = start('a', 'b')
    writeFileSync(at('a'), 'changed')
    writeFileSync(at('b'), 'changed')
    all.replace([at('a'), at('c')])
    poll()
    settle()
    expect(changes).toEqual([['a']])
  })

  test('once closed it watches nothing and tells nothing', () => {
    const all = start('a')
    writeFileSync(at('a'), 'changed')
    watches.get(dir)!.onEvent()
    const waiting = [...timers]
    all.close()
    expect(timers).toEqual([])
    expect(watches.size).toBe(0)
    for (const { run } of waiting) run()
    all.replace([at('b')])
    expect(watches.size).toBe(0)
    expect(changes).toEqual([])
  })
})

test('the kernel’s notices arrive, long before the next poll', async () => {
  const changed = new Promise<readonly string[]>((resolve) => {
    watching = watchFiles([at('a')], resolve, { debounceMs: 5, pollMs: 3_600_000 })
  })
  writeFileSync(at('a'), 'changed')
  expect(await changed).toEqual([at('a')])
})

test('a watched directory that vanishes does no harm', async () => {
  mkdirSync(at('zones'))
  const changed = new Promise<readonly string[]>((resolve) => {
    watching = watchFiles([at('zones')], resolve, { debounceMs: 5, pollMs: 20 })
  })
  rmSync(at('zones'), { recursive: true })
  expect(await changed).toEqual([at('zones')])
})
