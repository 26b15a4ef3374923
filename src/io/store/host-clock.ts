// The clocks of this host that outlive a process: the time of day, which may be set, and on Linux the time since the host started,
// which only runs forward. The id of that start tells whether two readings can be compared.

import { readFileSync } from 'node:fs'
import type { Moment } from './snapshot-encoding.ts'

export function readHostClock(): Moment {
  return { wallMs: Date.now(), boot: readBoot() }
}

function readBoot(): Moment['boot'] {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return id === '' ? undefined : { id, ms: Number(process.hrtime.bigint() / 1_000_000n) }
  } catch {
    return undefined
  }
}
