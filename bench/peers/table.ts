// The figures of a comparison as markdown: medians over the rounds with the least and the greatest, and the aims beside what
// was reached. Ratios are taken within each round, where the machine was the same for both, and then their median.

import { median } from '../statistics.ts'
import { FLOOR, type Pace, paceKinds, type Results, type Sample, streamKinds } from './measure.ts'
import { LIMITED } from './servers.ts'
import { scenarios } from './world.ts'

const titles: Readonly<Record<string, string>> = {
  static: 'a static A record, no EDNS',
  steered: 'geo, health and weights; EDNS with Client Subnet, 100 000 networks',
  nxdomain: 'NXDOMAIN',
  wildcard: 'a wildcard',
  referral: 'a referral with glue',
  cname: 'an alias and its target',
  pipelined: 'TCP, 16 connections that pipeline',
  each: 'TCP, a connection for each query',
}

const two = (value: number): string => value.toFixed(2)
const whole = (value: number): string => value.toFixed(0)

function spread(values: readonly number[], print: (value: number) => string): string {
  return `${print(median(values))} (${print(Math.min(...values))} – ${print(Math.max(...values))})`
}

/** The middle of the rounds' ratios. */
function ratioOf<Of>(a: readonly Of[] | undefined, b: readonly Of[] | undefined, pick: (sample: Of) => number): number {
  if (!a || !b) return Number.NaN
  return median(a.map((sample, i) => pick(sample) / pick(b[i]!)))
}

const total = ({ totalUs }: Sample): number => totalUs

/** Rows aligned as the formatter of markdown likes them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((text, i) => Math.max(text.length, 3, ...rows.map((row) => row[i]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

function costRows(results: Results): string[][] {
  const rows: string[][] = []
  for (const [samples, kinds] of [
    [results.udp, scenarios],
    [results.tcp, streamKinds],
  ] as const) {
    for (const kind of kinds) {
      let title = titles[kind]!
      for (const [name, own] of [...samples.get(kind)!].sort(([a], [b]) => a.localeCompare(b))) {
        const of = (pick: (sample: Sample) => number): number[] => own.map(pick)
        const user = of(({ userUs }) => userUs)
        const system = of(({ systemUs }) => systemUs)
        const rate = median(of(({ perSecond }) => perSecond)) / 1000
        rows.push([
          title,
          name,
          spread(of(total), two),
          two(median(user)),
          two(median(system)),
          rate.toFixed(rate < 20 ? 1 : 0),
        ])
        title = ''
      }
    }
  }
  return rows
}

export function costTable(results: Results): string {
  return table(['question', 'server', 'CPU µs a query (range)', 'user', 'kernel', 'k queries/s'], costRows(results))
}

export function latencyTable(results: Results): string {
  const rows = paceKinds.flatMap((kind) =>
    [...results.paced.get(kind)!].map(([name, paces]) => [
      titles[kind]!,
      name,
      spread(
        paces.map(({ medianUs }) => medianUs),
        whole,
      ),
      spread(
        paces.map(({ p99Us }) => p99Us),
        whole,
      ),
      spread(
        paces.map(({ windowP99Us }) => windowP99Us),
        whole,
      ),
      whole(median(paces.map(({ rate }) => rate)) / 1000),
    ]),
  )
  const columns = ['median µs', '99th percentile µs', 'the same of the middle 50 ms', 'k queries/s']
  return table(['question', 'server', ...columns], rows)
}

interface Aim {
  readonly what: string
  readonly reached: number
  readonly most: number
}

function aimsOf({ udp, tcp, paced }: Results): Aim[] {
  const ours = (kind: string): Sample[] => udp.get(kind)!.get('meridian')!
  const over = (kind: string, one: string, other: string): number =>
    ratioOf(udp.get(kind)!.get(one), udp.get(kind)!.get(other), total)
  const than = (kind: string, name: string): number => over(kind, 'meridian', name)
  const later = (kind: string, pick: (pace: Pace) => number): number => {
    const { meridian, gdnsd } = Object.fromEntries(paced.get(kind)!)
    return (median(meridian!.map(pick)) - median(gdnsd!.map(pick))) / 1000
  }
  const userShare = median(ours('steered').map(({ userUs }) => userUs))
  const toStatic = (kind: string): Aim => ({
    what: `${titles[kind]!}: CPU over that of a static A`,
    reached: ratioOf(ours(kind), ours('static'), total),
    most: 1.3,
  })
  return [
    { what: 'static A: CPU over gdnsd’s', reached: than('static', 'gdnsd'), most: 1.2 },
    { what: 'static A: CPU over Knot’s', reached: than('static', 'knot'), most: 1 },
    { what: 'static A: CPU over that of the loop in C', reached: than('static', FLOOR), most: Number.NaN },
    {
      what: 'static A: CPU with limits of rates over that without',
      reached: over('static', LIMITED, 'meridian'),
      most: Number.NaN,
    },
    { what: 'steered: CPU over gdnsd’s', reached: than('steered', 'gdnsd'), most: 1.2 },
    { what: 'steered: CPU over Knot’s', reached: than('steered', 'knot'), most: 0.8 },
    { what: 'steered: CPU over PowerDNS’', reached: than('steered', 'powerdns'), most: 0.2 },
    { what: 'steered: CPU over that of the loop in C', reached: than('steered', FLOOR), most: Number.NaN },
    {
      what: 'steered: CPU with limits of rates over that without',
      reached: over('steered', LIMITED, 'meridian'),
      most: Number.NaN,
    },
    {
      what: 'the loop in C: CPU over PowerDNS’ (steered)',
      reached: over('steered', FLOOR, 'powerdns'),
      most: Number.NaN,
    },
    {
      what: 'gdnsd: CPU over Knot’s (steered)',
      reached: over('steered', 'gdnsd', 'knot'),
      most: Number.NaN,
    },
    { what: 'steered: µs in user space', reached: userShare, most: 0.8 },
    ...['nxdomain', 'wildcard', 'referral', 'cname'].map(toStatic),
    ...paceKinds.flatMap((kind) => [
      {
        what: `${kind}, half load: ms more than gdnsd, median`,
        reached: later(kind, ({ medianUs }) => medianUs),
        most: 0.1,
      },
      {
        what: `${kind}, half load: ms more than gdnsd, 99th percentile`,
        reached: later(kind, ({ p99Us }) => p99Us),
        most: 0.1,
      },
      {
        what: `${kind}, half load: the same of the middle 50 ms`,
        reached: later(kind, ({ windowP99Us }) => windowP99Us),
        most: 0.1,
      },
    ]),
    {
      what: 'TCP pipelined: CPU over Knot’s',
      reached: ratioOf(tcp.get('pipelined')!.get('meridian'), tcp.get('pipelined')!.get('knot'), total),
      most: 2,
    },
  ]
}

export function aimTable(results: Results): string {
  const rows = aimsOf(results).map(({ what, reached, most }) => [
    what,
    two(reached),
    Number.isNaN(most) ? 'recorded' : two(most),
    Number.isNaN(most) ? '' : reached <= most ? 'yes' : 'no',
  ])
  return table(['', 'reached', 'aim, at most', ''], rows)
}
