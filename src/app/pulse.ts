// Whether a thread that answers still lives. Each counts its turns in shared memory; the main thread looks ten times a second. A
// thread that has stopped counting is hung only when it had its chance: it burned processor time without finishing a turn, or
// it sleeps although nothing it waits for lasts so long. One that is runnable and not let run is none of both.

import { readFileSync } from 'node:fs'

export const LOOK_MS = 100
/** Idle turns take 50 ms at most, a collection of garbage some tens of ms of processor time. */
const SILENT_MS = 400
const BURNED_MS = 250
const ASLEEP_LOOKS = 3
/** Where the system says nothing of threads; and for waits that it cannot interrupt, such as for a broken disk. */
const BLIND_MS = 2000
const LONGEST_MS = 10_000

/** What the system says of a thread: `R` runs or would, `S` sleeps, `D` waits for a device, `t` and `T` are stopped by somebody. */
export interface ThreadState {
  readonly state: string
  readonly cpuMs: number
}

export interface Pulse {
  beat: number
  /** Time in which we looked and it did not count. */
  silentMs: number
  /** Processor time it had used as it fell silent. */
  cpuMs: number | undefined
  asleep: number
}

export function openPulse(): Pulse {
  return { beat: 0, silentMs: 0, cpuMs: undefined, asleep: 0 }
}

/**
 * One look. `elapsedMs` is the time since the last; of a longer one only two looks' worth counts, because then we slept as well:
 * the machine was suspended, or the whole process stopped. `thread` is asked for silent ones only.
 */
export function isHung(pulse: Pulse, beat: number, elapsedMs: number, thread: () => ThreadState | undefined): boolean {
  if (beat !== pulse.beat) {
    pulse.beat = beat
    pulse.silentMs = 0
    pulse.cpuMs = undefined
    pulse.asleep = 0
    return false
  }
  pulse.silentMs += Math.min(elapsedMs, 2 * LOOK_MS)
  const now = thread()
  if (!now) return pulse.silentMs >= BLIND_MS
  if (now.state === 't' || now.state === 'T') {
    // By a debugger: it goes on when that lets it.
    pulse.silentMs = 0
    pulse.asleep = 0
    return false
  }
  pulse.asleep = now.state === 'S' ? pulse.asleep + 1 : 0
  pulse.cpuMs ??= now.cpuMs
  if (pulse.silentMs < SILENT_MS) return false
  return pulse.asleep >= ASLEEP_LOOKS || now.cpuMs - pulse.cpuMs >= BURNED_MS || pulse.silentMs >= LONGEST_MS
}

/** Linux counts processor time in hundredths of a second, whatever its kernel was built with (USER_HZ). */
const TICK_MS = 10

/** Undefined where there is no /proc, or the thread is gone. */
export function readThread(id: number): ThreadState | undefined {
  if (id === 0) return undefined
  try {
    const text = readFileSync(`/proc/self/task/${id}/stat`, 'latin1')
    // The name in parentheses may hold anything; what follows it is fields, the third first (proc_pid_stat(5)).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0]!, cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS }
  } catch {
    return undefined
  }
}
