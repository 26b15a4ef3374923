// Thread entry: the prober. It has a thread of its own, so that a thousand TLS handshakes delay neither answers nor verdicts.

import { parentPort, workerData } from 'node:worker_threads'
import type { Evidence } from '../core/health/evidence.ts'
import { openKit } from '../io/probe/kit.ts'
import { openProber } from '../io/probe/prober.ts'
import { openNewest } from './newest.ts'
import type { FromProber, ProberWorkerData, ToProber } from './message.ts'

const { name, region, epoch, subjects, limits, allowExec, before } = workerData as ProberWorkerData
const port = parentPort!

function say(message: FromProber): void {
  port.postMessage(message)
}

const reports = openNewest((evidence: Evidence) => say({ kind: 'evidence', evidence, state: prober.state() }))

const prober = openProber({
  name,
  region,
  epoch,
  subjects,
  limits,
  before,
  kit: openKit({ allowExec }),
  now: () => performance.now(),
  random: Math.random,
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
  report: (evidence) => reports.offer(evidence),
})

void prober.firstRoundDone.then(() => say({ kind: 'first-round' }))

port.on('message', (message: ToProber) => {
  if (message.kind === 'subjects') prober.replaceSubjects(message.subjects)
  else if (message.kind === 'push') prober.push(message.subject, message.report)
  else if (message.kind === 'elsewhere') prober.noteElsewhere(message.subjects)
  else if (message.kind === 'taken') reports.taken()
  else void prober.close().then(() => port.close())
})
