// The CPU time that a process or one of its threads has used (proc(5)): what tells servers apart on a noisy machine, where
// answers per second do not.

import { readFileSync, readlinkSync } from 'node:fs'

export interface CpuTime {
  readonly userUs: number
  readonly systemUs: number
  readonly totalUs: number
}

/** USER_HZ, the unit of these files on every architecture we know: 10 ms, so measure over seconds. */
const TICK_US = 10_000

/** Of a whole process, or of one thread of it. */
export function readCpu(pid: number, thread?: number): CpuTime {
  const path = thread === undefined ? `/proc/${pid}/stat` : `/proc/${pid}/task/${thread}/stat`
  const text = readFileSync(path, 'utf8')
  // The second field is the name in parentheses, and may hold spaces; utime and stime are the 14th and 15th.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const userUs = Number(fields[11]) * TICK_US
  const systemUs = Number(fields[12]) * TICK_US
  return { userUs, systemUs, totalUs: userUs + systemUs }
}

export function cpuSince(before: CpuTime, after: CpuTime): CpuTime {
  return {
    userUs: after.userUs - before.userUs,
    systemUs: after.systemUs - before.systemUs,
    totalUs: after.totalUs - before.totalUs,
  }
}

/** The kernel's number for the calling thread, for `readCpu`. */
export function threadNumber(): number {
  return Number(readlinkSync('/proc/thread-self').split('/').at(-1))
}
