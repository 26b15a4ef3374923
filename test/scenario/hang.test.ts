// A worker that hangs is given up and replaced while the rest go on answering. The hang is real: see support/plant-hang.ts.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { askOverTcp, openDnsClient } from '../support/dns-client.ts'
import { openFolder } from '../support/folder.ts'
import { startMeridian } from '../support/meridian.ts'
import { twoWorkers } from '../support/two-workers.ts'
import { writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'

const query = writeQuery({ name: 'ns1.example.com' })
const plant = fileURLToPath(new URL('../support/plant-hang.ts', import.meta.url))
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

test.runIf(process.platform === 'linux').each(['packet spin', 'packet wait', 'packet native', 'stream spin'])(
  '%s: noticed, replaced, and the rest go on',
  { timeout: 60_000 },
  async (how) => {
    using folder = openFolder(twoWorkers)
    const hang = join(folder.path, 'hang')
    await using node = await startMeridian('serve', join(folder.path, 'meridian.yaml'), {
      program: [process.execPath, '--import', plant, main],
      env: { HANG: hang },
    })
    const restarts = async (): Promise<number> =>
      Number(/^meridian_worker_restarts_total (\d+)$/m.exec(await node.metrics())?.[1])
    expect(await restarts()).toBe(0)
    // Sixteen ports: both packet workers are asked.
    const clients = await Promise.all(Array.from({ length: 16 }, () => openDnsClient(node.dns)))
    await using _ = {
      [Symbol.asyncDispose]: async () => void (await Promise.all(clients.map((each) => each[Symbol.asyncDispose]()))),
    }
    writeFileSync(hang, how)
    await until('the hang to be planted', 10_000, () =>
      node.log().some(({ msg }) => msg.includes('hangs and is given up')),
    )
    // While one is lost, nobody's question is: what its socket holds is answered by its successor.
    const replies = await Promise.all(clients.map((client) => client.ask(query, 10_000)))
    expect(replies.every((reply) => reply !== undefined)).toBe(true)
    expect(await until('a replacement', 10_000, async () => (await restarts()) || undefined)).toBe(1)
    await until('an answer over TCP', 10_000, () => askOverTcp(node.dns, query).catch(() => undefined))
    const ended = await node.stop()
    expect({ code: ended.code, signal: ended.signal }).toEqual({ code: 0, signal: null })
  },
)

test.runIf(process.platform === 'linux')(
  'a process that was stopped for a while gives nobody up',
  { timeout: 60_000 },
  async () => {
    using folder = openFolder(twoWorkers)
    await using node = await startMeridian('serve', join(folder.path, 'meridian.yaml'))
    await using client = await openDnsClient(node.dns)
    node.signal('SIGSTOP')
    const asked = client.ask(query, 30_000)
    // Longer than any limit that a thread of its own has.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    node.signal('SIGCONT')
    expect(await asked).toBeDefined()
    for (let i = 0; i < 20; i++) {
      expect(await client.ask(query, 10_000)).toBeDefined()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(node.log().filter(({ msg }) => /hangs|lost/.test(msg))).toEqual([])
    expect(await node.metrics()).toMatch(/^meridian_worker_restarts_total 0$/m)
  },
)
