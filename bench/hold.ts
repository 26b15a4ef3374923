// Holding a process to a share of one processor: by a control group where we may make one, else by neighbours that burn the rest
// of a processor which they all have to share.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface Hold {
  /** How it is held. */
  readonly by: 'cgroup' | 'neighbours'
  release(): Promise<void>
}

/** A short period: a thread that has used up its share waits some ms for the next, and not a tenth of a second. */
const PERIOD_US = 10_000

/** `share` of one processor for all threads of `pid`. */
export function holdTo(pid: number, share: number): Hold {
  const name = `meridian-hold-${process.pid}-${pid}`
  const quota = Math.round(share * PERIOD_US)
  const ways: readonly (readonly [folder: string, files: readonly (readonly [string, string])[]])[] = [
    [
      '/sys/fs/cgroup/cpu',
      [
        ['cpu.cfs_period_us', String(PERIOD_US)],
        ['cpu.cfs_quota_us', String(quota)],
      ],
    ],
    ['/sys/fs/cgroup', [['cpu.max', `${quota} ${PERIOD_US}`]]],
  ]
  for (const [parent, files] of ways) {
    const folder = join(parent, name)
    if (!existsSync(join(parent, 'cgroup.procs'))) continue
    try {
      mkdirSync(folder)
      for (const [file, text] of files) writeFileSync(join(folder, file), text)
      writeFileSync(join(folder, 'cgroup.procs'), String(pid))
      return { by: 'cgroup', release: () => removeGroup(parent, folder, pid) }
    } catch {
      removeQuietly(folder)
    }
  }
  return holdByNeighbours(pid, share)
}

async function removeGroup(parent: string, folder: string, pid: number): Promise<void> {
  try {
    writeFileSync(join(parent, 'cgroup.procs'), String(pid))
  } catch {
    // It has ended already.
  }
  for (let tries = 0; tries < 50 && !removeQuietly(folder); tries++) await delay(50)
}

function removeQuietly(folder: string): boolean {
  try {
    if (existsSync(folder)) rmdirSync(folder)
    return true
  } catch {
    return false
  }
}

function holdByNeighbours(pid: number, share: number): Hold {
  spawnSync('taskset', ['-a', '-p', '-c', '0', String(pid)])
  const neighbours: ChildProcess[] = Array.from({ length: Math.round(1 / share) - 1 }, () =>
    spawn('taskset', ['-c', '0', process.execPath, '-e', 'for(;;);'], { stdio: 'ignore' }),
  )
  return {
    by: 'neighbours',
    async release() {
      await Promise.all(
        neighbours.map(async (each) => {
          const gone = new Promise((resolve) => each.once('exit', resolve))
          each.kill('SIGKILL')
          await gone
        }),
      )
    },
  }
}
