// Losing the thread that probes: it is replaced, and what it knew before stands until it has looked again.

import type { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { openProberThread, type ProberThread } from '../../src/app/prober-thread.ts'
import type { Evidence } from '../../src/core/health/evidence.ts'
import { observeEvidence, openBelief, verdicts } from '../../src/core/health/belief.ts'
import { rule } from '../core/health/sightings.ts'
import { checkConfig } from '../../src/io/probe/checks/index.ts'
import { openLog } from '../../src/io/telemetry/log.ts'
import { serveLoopback, type Loopback } from '../io/probe/loopback.ts'
import { until } from '../support/until.ts'

const threads: Worker[] = []
const remember = (worker: Worker): void => void threads.push(worker)
let prober: ProberThread | undefined
let server: Loopback | undefined

afterEach(async () => {
  process.off('worker', remember)
  threads.length = 0
  await prober?.stop()
  await server?.close()
})

async function open(heard: Evidence[]) {
  process.on('worker', remember)
  server = await serveLoopback((socket) => socket.end())
  const check = checkConfig.parse({ tcp: { port: 1 }, every: '1s' })
  const subject = (name: string) => ({ subject: name, check, address: server!.address, port: server!.port })
  // A clock that stands still: the second run needs a larger epoch all the same.
  const wallNow = (): number => 1_700_000_000_000
  const limits = { atOnce: 512, perTarget: 100 }
  prober = openProberThread({
    data: { name: 'ns1', region: 'eu', subjects: [subject('a')], limits, allowExec: false },
    log: openLog({ level: 'silent' }),
    wallNow,
    onEvidence: (evidence) => heard.push(evidence),
  })
  return { prober, subject }
}

test('a prober that is lost is replaced, probes what it is to probe now, and takes no verdict back', async () => {
  const heard: Evidence[] = []
  const { prober, subject } = await open(heard)
  await prober.firstRound
  prober.replaceSubjects([subject('a'), subject('b')])
  const sees = (name: string) => heard.at(-1)?.sightings.find((each) => each.subject === name)?.up
  await until(
    () => 'both to be up',
    10_000,
    () => (sees('a') === true && sees('b') === true ? true : undefined),
  )
  await threads.at(-1)!.terminate()
  const firstEpoch = heard.at(-1)!.epoch
  await until(
    () => 'a new run that sees both',
    10_000,
    () => (heard.at(-1)!.epoch > firstEpoch && sees('a') === true && sees('b') === true ? true : undefined),
  )
  expect(prober.restarts()).toBe(1)
  expect(prober.state()).toMatchObject({ subjects: 2 })
  // All that was heard, told to a node: up from the first result on, and never again unknown or down.
  const belief = openBelief(rule(['eu'], 600_000))
  const states = heard.map((evidence, i) => {
    expect(observeEvidence(belief, evidence, i)).toBe(true)
    return verdicts(belief, i).get('a')?.state
  })
  expect(states.slice(states.indexOf('up')).every((state) => state === 'up')).toBe(true)
})

test('one that is lost while it is being stopped is not replaced', async () => {
  const { prober } = await open([])
  await prober.firstRound
  const stopping = prober.stop()
  await threads.at(-1)!.terminate()
  await stopping
  expect(prober.restarts()).toBe(0)
  expect(threads).toHaveLength(1)
})

test('one that is ended by an error is replaced as well, and the process lives on', async () => {
  const heard: Evidence[] = []
  const { prober } = await open(heard)
  await prober.firstRound
  const rejected: unknown[] = []
  const note = (reason: unknown): void => void rejected.push(reason)
  process.on('unhandledRejection', note)
  const worker = threads.at(-1)!
  const gone = new Promise((resolve) => worker.once('exit', resolve))
  // Nothing of a message with another shape is expected: the thread ends as by any error that nobody catches.
  worker.postMessage(undefined)
  await gone
  await until(
    () => 'another thread',
    10_000,
    () => (prober.restarts() === 1 ? true : undefined),
  )
  process.off('unhandledRejection', note)
  expect(rejected).toEqual([])
})
