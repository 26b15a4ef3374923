// Who takes the time must not wait for a processor himself: it would be taken for the server's time. So where latency under work
// is measured, the generator has the last processor to itself, and the server all others.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** For the calling process. Alone on one processor they share it, and its times are too long. */
export function claimProcessor(): void {
  confine(process.pid, ownProcessors().slice(-1))
}

/** Keeps all threads of a server off the generator's processor. */
export function leaveProcessor(pid: number): void {
  const processors = ownProcessors()
  confine(pid, processors.length > 1 ? processors.slice(0, -1) : processors)
}

/** The numbers of those that this process may use, which need not begin with 0. */
function ownProcessors(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]!
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number)
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i)
  })
}

function confine(pid: number, processors: readonly number[]): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', processors.join(','), String(pid)], {
    stdio: 'ignore',
  })
}
