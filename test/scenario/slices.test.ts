// How soon the threads of a node get the processor: those that answer ask the kernel to be let in first.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLibc } from '../../src/io/native/libc.ts'
import { schedAttr } from '../../src/io/native/layout.ts'
import { hasSlices } from '../support/slices.ts'
import { openFolder } from '../support/folder.ts'
import { startMeridian } from '../support/meridian.ts'
import { twoWorkers } from '../support/two-workers.ts'

/** The slice of each thread of a process, in ns. */
function slicesOf(pid: number): bigint[] {
  const libc = openLibc()
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const attributes = new Uint8Array(schedAttr.size)
    if (libc.schedGetattr(Number(thread), attributes, schedAttr.size, 0) !== 0) return []
    return [new BigUint64Array(attributes.buffer)[schedAttr.runtime / 8]!]
  })
}

test.runIf(process.platform === 'linux')(
  'the threads that answer over UDP have the shortest slice of time, and no other does',
  { timeout: 60_000 },
  async () => {
    using folder = openFolder(twoWorkers)
    await using node = await startMeridian('serve', join(folder.path, 'meridian.yaml'))
    const slices = slicesOf(node.pid)
    expect(slices.length).toBeGreaterThan(4)
    expect(slices.filter((ns) => ns === 100_000n)).toHaveLength(hasSlices ? 2 : 0)
  },
)
