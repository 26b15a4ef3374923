// What `meridian status` prints: the node on one line, then overrides, targets with what each region says of them, probers, store.

import type { NodeStatus } from '../app/facts.ts'
import { printDuration } from '../core/base/duration.ts'
import { printOverrideLines } from './order.ts'
import { printTable } from './table.ts'

type Target = NodeStatus['targets'][number]

export function printStatus(status: NodeStatus): string {
  const { node, ready, config, uptimeSec } = status
  const state = ready.ready ? 'ready' : `not ready: ${ready.reasons.join(', ')}`
  const head = `${node.name} in ${node.region}: ${state}, up for ${printAge(uptimeSec)}; configuration ${config.hash}, epoch ${config.epoch}; zones ${config.zones.join(', ')}`
  const parts = [
    head,
    section('overrides', status.overrides.filter(isOfInterest).flatMap(printOverrideLines), 'none in force'),
    section('targets', [printTargets(status.targets)], undefined),
    section('probers', printProbers(status), 'none heard'),
    section('store', printStore(status), undefined),
  ]
  return parts.join('\n\n')
}

/** Returns have no end; old ones say nothing any more. */
function isOfInterest({ kind, since }: NodeStatus['overrides'][number]): boolean {
  return kind !== 'return' || Date.now() - Date.parse(since) < 86_400_000
}

function section(title: string, lines: readonly string[], otherwise: string | undefined): string {
  const shown = lines.length === 0 && otherwise !== undefined ? [otherwise] : lines
  return [title, ...shown.flatMap((line) => line.split('\n')).map((line) => `  ${line}`.trimEnd())].join('\n')
}

function printTargets(targets: readonly Target[]): string {
  const regions = [...new Set(targets.flatMap((target) => target.regions?.map(({ region }) => region) ?? []))]
  const rows = targets.flatMap((target) => [
    [
      `${target.scope}/${target.pool}`,
      target.target,
      stateOf(target),
      target.sinceSec === undefined ? '' : printAge(target.sinceSec),
      ...regions.map((region) => saidIn(target, region)),
      becauseOf(target),
    ],
    ...(target.parts ?? []).map(({ subject, verdict, because = '' }) => [
      '',
      `  ${subject}`,
      verdict,
      '',
      ...regions.map(() => ''),
      because,
    ]),
  ])
  return printTable([['pool', 'target', 'state', 'for', ...regions, 'because'], ...rows])
}

function becauseOf({ because, subject, load, certDays }: Target): string {
  const extra = [
    ...(typeof load === 'number' ? [`load ${load / 10} %`] : []),
    ...(typeof certDays === 'number' ? [`certificate ends in ${Math.floor(certDays)} days`] : []),
  ]
  return [because ?? (subject === undefined ? 'nothing checks it' : 'no evidence yet'), ...extra].join('; ')
}

/** The verdict, what `min_dwell` shows in its place, and what an operator made of it. */
function stateOf({ verdict, held, drained, drilled, fade }: Target): string {
  const orders = [
    ...(held ? [`held ${held.as} for ${printAge(held.forSec)}`] : []),
    ...(drained ? ['drained'] : []),
    ...(drilled ? ['drilled'] : []),
    ...(fade < 1000 && !drained ? [`${fade / 10} %`] : []),
  ]
  return [verdict, ...orders].join(', ')
}

/** `up 12 ms`, `down`, `silent (up)` with its last word, `–` for a region that has said nothing. */
function saidIn({ regions }: Target, name: string): string {
  const said = regions?.find(({ region }) => region === name)
  if (!said) return '–'
  const doubt = said.counts ? (said.isDoubted ? ' (doubted)' : '') : ' (no vantage)'
  if (!said.isFresh) return said.lastWord === 'unknown' ? `–${doubt}` : `silent (${said.lastWord})${doubt}`
  const took = said.state === 'up' && typeof said.latencyMs === 'number' ? ` ${Math.round(said.latencyMs)} ms` : ''
  const split = said.up > 0 && said.down > 0 ? ` ${said.up}:${said.down}` : ''
  return `${said.state}${took}${split}${doubt}`
}

function printProbers({ probers }: NodeStatus): string[] {
  if (probers.length === 0) return []
  const rows = probers.map(({ prober, region, ageMs, sequence, subjects, own }) => [
    prober,
    region,
    `${printAge(Math.round(ageMs / 1000))} ago`,
    `#${sequence}`,
    `${subjects} subjects`,
    own ? 'this node' : '',
  ])
  return [printTable([['prober', 'region', 'heard', 'report', 'sees', ''], ...rows])]
}

function printStore({ store, nodes, unkept }: NodeStatus): string[] {
  const { kind, reachable, writable, sharesOverrides, forSec, lastLatencyMs, lastError, garbled } = store
  const took = typeof lastLatencyMs === 'number' ? `, ${lastLatencyMs.toFixed(1)} ms` : ''
  const state = reachable ? `reachable for ${printAge(forSec)}${took}` : `out of reach for ${printAge(forSec)}`
  const lines = [`${kind}: ${state}${writable ? '' : ', not writable'}${sharesOverrides ? '' : ', refuses overrides'}`]
  if (lastError && !(reachable && writable)) lines.push(`last error: ${lastError.code}: ${lastError.message}`)
  if (garbled > 0) lines.push(`${garbled} values that were not understood`)
  const others = nodes.map(({ node, answers, silentMs }) => {
    const silent = silentMs > 5000 ? `, silent for ${printAge(Math.round(silentMs / 1000))}` : ''
    return `${node}${answers ? '' : ' (answers no DNS)'}${silent}`
  })
  if (others.length > 0) lines.push(`other nodes: ${others.join(', ')}`)
  if (unkept !== undefined) lines.push(`overrides are not on disk: ${unkept}`)
  return lines
}

/** The two largest units: `3d4h`. */
function printAge(sec: number): string {
  const unit = sec >= 86_400 ? 3600 : sec >= 3600 ? 60 : 1
  return sec < 1 ? '0s' : printDuration(1000 * Math.floor(sec / unit) * unit)
}
