// Who takes the time must not wait for a processor himself: it would be taken for the server's time. So where latency under work
// is measured, the generator has the last processor to itself, and the server all others.

import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** For the calling process. Alone on one processor they share it, and its times are too long. */
export function claimProcessor(): void {
  if (availableParallelism() > 1) confine(process.pid, String(availableParallelism() - 1))
}

/** Keeps all threads of a server off the generator's processor. */
export function leaveProcessor(pid: number): void {
  if (availableParallelism() > 1) confine(pid, `0-${availableParallelism() - 2}`)
}

function confine(pid: number, processors: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', processors, String(pid)], { stdio: 'ignore' })
}
