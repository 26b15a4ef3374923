// npm run bench -- attack: a node held to a fifth of a processor is flooded with three times what it can answer, in six ways. What it
// answers then against the most that it can, what good clients get, and how long admin, Redis and probes take, is printed and drawn.
//
//   npm run bench -- attack             about three minutes; writes bench/attack.svg
//   npm run bench -- attack --quick     about a minute; draws nothing

import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { findServer } from '../test/setup/redis-server.ts'
import { type Panel, drawAttacks } from './attack-chart.ts'
import { type Attack, type AttackOptions, attacks, type Attacked } from './attack-load.ts'
import { type Asked, openStage, type Sample, type Stage } from './attack-stage.ts'
import { quantile } from './statistics.ts'

export interface AttackPlan {
  readonly attacks: readonly Attack[]
  /** Of one processor. */
  readonly share: number
  /** How many times its peak it is flooded with. */
  readonly times: number
  readonly goodPerSecond: number
  /** Quiet before, and after; the attack between; and each look for the peak. */
  readonly quietSec: number
  readonly attackSec: number
  readonly peakSec: number
  readonly onOutcome?: (outcome: Outcome) => void
}

export interface Outcome {
  readonly attack: Attack
  /** Requests settled a second, by answer or silence: at the best rate, and under attack. */
  readonly peak: number
  readonly held: number
  /** What was settled in a second of processor time under attack, as a part of what it was at the best rate. */
  readonly heldPerCpu: number
  /** Parts of the attack that were settled, and of good clients' questions that were answered, 0 to 1. */
  readonly settledShare: number
  readonly goodShare: number
  /** The same before the attack. */
  readonly goodBefore: number
  readonly goodMs: { readonly before: number; readonly p50: number; readonly p95: number }
  readonly adminMs: { readonly before: number; readonly p50: number; readonly most: number }
  readonly storeMs: { readonly before: number; readonly p50: number; readonly most: number }
  /** The fewest targets that were up at any time; 1 is all. */
  readonly targetsUp: number
  readonly grewMb: number
  /** From the end until good clients are answered as before. */
  readonly recoveredMs: number
  readonly restarts: number
  readonly panel: Panel
}

export const fullPlan: AttackPlan = {
  attacks,
  share: 0.2,
  times: 3,
  goodPerSecond: 500,
  quietSec: 4,
  attackSec: 8,
  peakSec: 2,
}
export const quickPlan: AttackPlan = { ...fullPlan, quietSec: 2, attackSec: 3, peakSec: 1 }

/** What a quarter of a second of questions has to be answered like for all to be well again. */
const BUCKET_MS = 250
const TCP_AT_PEAK = 100
const MOST_TRIES = 9
const WARMING_PER_SECOND = 30_000
const WARMING_SEC = 3
/** Time in which a flood that has begun, or ended, is still filling or leaving queues. */
const SETTLING_MS = 500

export async function runAttacks(plan: AttackPlan): Promise<{ outcomes: Outcome[]; heldBy: string }> {
  await using stage = await openStage({ goodPerSecond: plan.goodPerSecond, redis: findServer() })
  // As a server is that has run for a while: nothing is left to compile. And as fast as it gets, which is where to look for its peak.
  const free = new Map<Attack, number>()
  for (const attack of plan.attacks) {
    const from = stage.nowMs()
    await flood(stage, attack, WARMING_PER_SECOND, WARMING_SEC, TCP_AT_PEAK)
    const seen = between(stage.samples, from, stage.nowMs())
    free.set(attack, settledPerSecond(seen, attack) / cpuShare(seen))
  }
  const heldBy = stage.hold(plan.share)
  const outcomes: Outcome[] = []
  for (const attack of plan.attacks) {
    const outcome = await runAttack(stage, plan, attack, (free.get(attack)! * plan.share) / 2)
    outcomes.push(outcome)
    plan.onOutcome?.(outcome)
  }
  return { outcomes, heldBy }
}

async function runAttack(stage: Stage, plan: AttackPlan, attack: Attack, guess: number): Promise<Outcome> {
  const { most: peak, perCpuSecond } = await findPeak(stage, plan, attack, guess)
  await delay(1500)
  const quietFrom = stage.nowMs()
  await delay(plan.quietSec * 1000)
  const from = stage.nowMs()
  const { sent } = await flood(stage, attack, peak * plan.times, plan.attackSec, plan.times * TCP_AT_PEAK)
  const to = stage.nowMs()
  await delay(plan.quietSec * 1000 + 1000)
  const during = between(stage.samples, from + SETTLING_MS, to)
  const before = between(stage.samples, quietFrom, from)
  const asked = between(stage.asked, from + SETTLING_MS, to - SETTLING_MS)
  const askedBefore = between(stage.asked, quietFrom, from - SETTLING_MS)
  const held = settledPerSecond(during, attack)
  const whole = between(stage.samples, quietFrom, stage.nowMs())
  const good = asked.flatMap(({ tookMs }) => tookMs ?? [])
  return {
    attack,
    peak,
    held,
    heldPerCpu: settledPerSecond(during, attack) / cpuShare(during) / perCpuSecond,
    settledShare: (held * plan.attackSec) / sent,
    goodShare: answeredShare(asked),
    goodBefore: answeredShare(askedBefore),
    goodMs: {
      before: quantile(
        askedBefore.flatMap(({ tookMs }) => tookMs ?? []),
        0.5,
      ),
      p50: quantile(good, 0.5),
      p95: quantile(good, 0.95),
    },
    adminMs: times(before, during, ({ adminMs }) => adminMs),
    storeMs: times(before, during, ({ storeMs }) => storeMs),
    targetsUp: Math.min(...whole.map(({ targetsUp }) => targetsUp)) / stage.targets,
    grewMb: Math.max(...whole.map(({ sizeMb }) => sizeMb)) - Math.max(...before.map(({ sizeMb }) => sizeMb)),
    recoveredMs: recoveredAfter(stage.asked, to, answeredShare(askedBefore)),
    restarts: whole.at(-1)!.restarts - whole[0]!.restarts,
    panel: panelOf(stage, attack, plan, quietFrom, from, to, peak),
  }
}

interface Peak {
  readonly most: number
  readonly perCpuSecond: number
}

/** The most that it settles in a second: asked more and more, until it keeps up no longer. */
async function findPeak(stage: Stage, plan: AttackPlan, attack: Attack, guess: number): Promise<Peak> {
  let best: Peak = { most: 0, perCpuSecond: 0 }
  let failed = 0
  // Twice, because a busy machine may once not have let it.
  for (let rate = guess, tries = 0; tries < MOST_TRIES && failed < 2; rate *= 1.5, tries++) {
    const from = stage.nowMs()
    const { sent } = await flood(stage, attack, rate, plan.peakSec + SETTLING_MS / 1000, TCP_AT_PEAK)
    const samples = between(stage.samples, from + SETTLING_MS, stage.nowMs())
    const most = settledPerSecond(samples, attack)
    if (most > best.most) best = { most, perCpuSecond: most / cpuShare(samples) }
    await delay(2 * SETTLING_MS)
    if (attack === 'TCP' || most * (plan.peakSec + SETTLING_MS / 1000) < 0.85 * sent) failed++
  }
  return best
}

async function flood(
  stage: Stage,
  attack: Attack,
  perSecond: number,
  seconds: number,
  connections: number,
): Promise<Attacked> {
  const options: AttackOptions = { to: stage.to, attack, perSecond, seconds, connections }
  const worker = new Worker(new URL('./attack-load.ts', import.meta.url), { workerData: options })
  return new Promise((resolve, reject) => {
    worker.on('message', resolve)
    worker.on('error', reject)
  })
}

function between<T extends { readonly atMs: number } | { readonly sentMs: number }>(
  all: readonly T[],
  fromMs: number,
  toMs: number,
): T[] {
  const timeOf = (one: T): number => ('atMs' in one ? one.atMs : one.sentMs)
  return all.filter((one) => timeOf(one) >= fromMs && timeOf(one) < toMs)
}

function settledPerSecond(samples: readonly Sample[], attack: Attack): number {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last || first === last) return 0
  const of = (one: Sample): number => (attack === 'TCP' ? one.settledTcp : one.settledUdp)
  // The figures are those of the end of a request, not of its beginning.
  const tookMs = last.atMs + last.adminMs - first.atMs - first.adminMs
  return ((of(last) - of(first)) / tookMs) * 1000
}

/** The part of a processor that the node had. */
function cpuShare(samples: readonly Sample[]): number {
  const [first, last] = [samples[0]!, samples.at(-1)!]
  return ((last.cpuSec - first.cpuSec) / (last.atMs - first.atMs)) * 1000
}

function answeredShare(asked: readonly Asked[]): number {
  return asked.filter(({ tookMs }) => tookMs !== undefined && tookMs < 1000).length / Math.max(1, asked.length)
}

function times(before: readonly Sample[], during: readonly Sample[], of: (one: Sample) => number): Outcome['adminMs'] {
  return {
    before: quantile(before.map(of), 0.5),
    p50: quantile(during.map(of), 0.5),
    most: Math.max(0, ...during.map(of)),
  }
}

function recoveredAfter(asked: readonly Asked[], endMs: number, before: number): number {
  for (let from = endMs; ; from += BUCKET_MS) {
    const some = between(asked, from, from + BUCKET_MS)
    if (some.length === 0) return Number.POSITIVE_INFINITY
    if (answeredShare(some) >= before * 0.98) return from - endMs
  }
}

function panelOf(
  stage: Stage,
  attack: Attack,
  plan: AttackPlan,
  quietFrom: number,
  from: number,
  to: number,
  peak: number,
): Panel {
  const end = to + plan.quietSec * 1000
  const samples = between(stage.samples, quietFrom, end)
  const settled = samples.slice(1).map((sample, i) => ({
    x: (sample.atMs - from) / 1000,
    y: settledPerSecond([samples[i]!, sample], attack) / peak,
  }))
  const good = Array.from({ length: Math.floor((end - quietFrom) / BUCKET_MS) }, (_, i) => {
    const at = quietFrom + i * BUCKET_MS
    return { x: (at - from) / 1000, y: answeredShare(between(stage.asked, at, at + BUCKET_MS)) }
  })
  const admin = samples.map(({ atMs, adminMs }) => ({ x: (atMs - from) / 1000, y: adminMs / 1000 }))
  return { title: attack, attackSec: (to - from) / 1000, times: plan.times, settled, good, admin }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`
const ms = (value: number): string => (Number.isNaN(value) ? '–' : `${value.toFixed(value < 10 ? 1 : 0)} ms`)

export function outcomeText(outcome: Outcome): string {
  const { attack, peak, held, heldPerCpu, settledShare, goodShare, goodMs, adminMs, storeMs } = outcome
  const { targetsUp, grewMb, recoveredMs, restarts } = outcome
  return [
    `  ${attack.padEnd(15)} ${Math.round(held)} of ${Math.round(peak)} settled a second: ${percent(held / peak)}, ${percent(heldPerCpu)} by processor time; flooded with ${(held / settledShare / peak).toFixed(1)} times the peak`,
    `    good clients: ${percent(goodShare)} answered, ${percent(settledShare)} of the flood; ${ms(goodMs.before)} before, ${ms(goodMs.p50)}, 95 % within ${ms(goodMs.p95)}`,
    `    admin ${ms(adminMs.before)} before, ${ms(adminMs.p50)}, at most ${ms(adminMs.most)}; Redis ${ms(storeMs.before)}, ${ms(storeMs.p50)}, ${ms(storeMs.most)}; targets up ${percent(targetsUp)}`,
    `    memory +${Math.round(grewMb)} MB; as before ${Math.round(recoveredMs)} ms after the end; ${restarts} workers lost`,
  ].join('\n')
}

export async function attackMain(isQuick: boolean): Promise<void> {
  const plan = isQuick ? quickPlan : fullPlan
  const { heldBy } = await runAttacksTold(plan, !isQuick)
  console.log(`\nheld to ${percent(plan.share)} of a processor by ${heldBy}; load ${loadavg()[0]!.toFixed(2)}`)
}

async function runAttacksTold(plan: AttackPlan, isDrawn: boolean): Promise<{ heldBy: string }> {
  console.log(`a node at ${percent(plan.share)} of a processor, flooded with ${plan.times} times its peak`)
  const { outcomes, heldBy } = await runAttacks({ ...plan, onOutcome: (outcome) => console.log(outcomeText(outcome)) })
  if (isDrawn) {
    const file = fileURLToPath(new URL('./attack.svg', import.meta.url))
    writeFileSync(file, drawAttacks(outcomes.map(({ panel }) => panel)))
  }
  return { heldBy }
}
