// Preloaded into every thread of a node under test (`node --import`): once the file that HANG names says so, one worker hangs
// where it would take its messages. The node itself has no such way in.
//
//   "packet spin"   a packet worker turns for ever       "packet native"  it sleeps in a system call that never returns
//   "packet wait"   it sleeps                            "stream spin"    the stream worker turns for ever

import { readFileSync, unlinkSync } from 'node:fs'
import workers, { isMainThread } from 'node:worker_threads'
import { syncBuiltinESMExports } from 'node:module'
import { openLibc } from '../../src/io/native/libc.ts'

const file = process.env['HANG'] ?? ''

function hangIfTold(kind: 'packet' | 'stream'): void {
  let said: string
  try {
    said = readFileSync(file, 'utf8')
    if (!said.startsWith(kind)) return
    // Only one hangs: the first that takes the file away.
    unlinkSync(file)
  } catch {
    return
  }
  if (said.endsWith('spin')) for (;;);
  if (said.endsWith('wait')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  openLibc().poll(0n, 0, -1)
}

if (!isMainThread && file !== '') {
  // Packet workers take their messages so; the others never do.
  const take = workers.receiveMessageOnPort
  workers.receiveMessageOnPort = (port) => {
    hangIfTold('packet')
    return take(port)
  }
  syncBuiltinESMExports()
  const isStream = (workers.workerData as { transport?: string } | null)?.transport === 'tcp'
  if (isStream) setInterval(() => hangIfTold('stream'), 20).unref()
}
