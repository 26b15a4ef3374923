// The chart of a simulation: the load of each pool over time as a line, its capacity as a dashed one of the same colour, what goes
// to the dead as a grey area, and events where they happen. Colours are told apart by people who see few of them, and change
// with the reader's light or dark background.

import { printClock, printLoad } from './clock.ts'
import type { Happening, Simulation } from './simulate.ts'
import { element, line, path, textAt } from './svg.ts'

const WIDTH = 960
const LEFT = 64
const RIGHT = 150
const TOP = 78
const BOTTOM = 40
const PLOT_HEIGHT = 320
const ROW = 13
/** Of a letter at the size of a label. */
const LETTER = 6.2

/** Okabe and Ito's colours, in an order in which neighbours differ most; the second is for dark backgrounds. */
const colours = [
  ['#0072b2', '#56b4e9'],
  ['#d55e00', '#e69f00'],
  ['#009e73', '#2fd0a5'],
  ['#cc79a7', '#e6a3c8'],
  ['#8a6d00', '#f0e442'],
  ['#5d3fd3', '#a99bff'],
  ['#7a4a1e', '#d3a37a'],
  ['#444444', '#cccccc'],
] as const

export interface ChartText {
  readonly title: string
  readonly subtitle: string
  /** Seconds from midnight. */
  readonly startSec: number
}

interface Frame {
  readonly height: number
  readonly plotTop: number
  readonly x: (sec: number) => number
  readonly y: (load: number) => number
  readonly endSec: number
  readonly top: number
}

export function drawChart(simulation: Simulation, text: ChartText): string {
  const labels = placeLabels(simulation, text)
  const rows = labels.reduce((most, { row }) => Math.max(most, row + 1), 0)
  const frame = frameOf(simulation, TOP + rows * ROW)
  const parts = [
    element('title', {}, `${text.title}: load of each pool over time`.replaceAll('&', 'and').replaceAll('<', '')),
    element('style', {}, styles(simulation.pools.length)),
    element('rect', { class: 'back', x: 0, y: 0, width: WIDTH, height: frame.height }),
    textAt(LEFT, 26, text.title, { class: 'title' }),
    textAt(LEFT, 45, text.subtitle, { class: 'quiet' }),
    textAt(LEFT - 8, frame.plotTop - 12, 'load', { class: 'quiet', 'text-anchor': 'end' }),
    ...drawGrid(frame, text.startSec),
    ...drawEvents(frame, labels),
    drawDead(simulation, frame),
    ...drawCapacities(simulation, frame),
    ...drawLoads(simulation, frame),
    ...drawLegend(simulation, frame),
  ]
  const head = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${WIDTH} ${frame.height}`,
    width: WIDTH,
    height: frame.height,
    role: 'img',
  }
  return `${element('svg', head, '\n', parts.join('\n'), '\n')}\n`
}

function styles(pools: number): string {
  const rules = (tone: 0 | 1): string =>
    Array.from({ length: pools }, (_, i) => {
      const colour = colours[i % colours.length]![tone]
      return `.p${i}{stroke:${colour}}.k${i}{fill:${colour}}`
    }).join('')
  return (
    'text{font:11px system-ui,sans-serif;fill:#222}.title{font-size:16px;font-weight:600}.quiet{fill:#666}' +
    '.back{fill:#fff}.grid{stroke:#e4e4e4}.axis{stroke:#888}.load{fill:none;stroke-width:2;stroke-linejoin:round}' +
    '.limit{fill:none;stroke-width:1.4;stroke-dasharray:6 4;opacity:.8}.dead{fill:#888;opacity:.28}' +
    '.event{stroke:#888;stroke-dasharray:2 3}.noticed{stroke:#bbb;stroke-dasharray:1 4}.fails{stroke:#c00}.failed{fill:#c00}' +
    `${rules(0)}@media(prefers-color-scheme:dark){text{fill:#e6e6e6}.quiet{fill:#a0a0a0}.back{fill:#16181c}.grid{stroke:#2c2f36}` +
    `.axis{stroke:#777}.noticed{stroke:#555}.fails{stroke:#ff6b6b}.failed{fill:#ff6b6b}${rules(1)}}`
  )
}

function frameOf({ intervals, capacities }: Simulation, plotTop: number): Frame {
  const last = intervals.at(-1)!
  const endSec = last.atSec + last.lengthSec
  // One by one: a long simulation has more intervals than a call can have arguments.
  const highest = intervals.reduce((most, { loads }) => Math.max(most, ...loads), 0)
  // A capacity far above everything would press the lines flat: it is left out then.
  const limits = capacities.filter((limit) => limit !== undefined && limit < 2.5 * highest) as number[]
  const top = niceAbove(Math.max(highest, ...limits) * 1.04)
  return {
    height: plotTop + PLOT_HEIGHT + BOTTOM,
    plotTop,
    x: (sec) => LEFT + ((WIDTH - LEFT - RIGHT) * sec) / endSec,
    y: (load) => plotTop + PLOT_HEIGHT * (1 - load / top),
    endSec,
    top,
  }
}

/** The next number that people like to read at the top of an axis. */
function niceAbove(value: number): number {
  const size = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)))
  return [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((step) => step * size).find((step) => step >= value) ?? 10 * size
}

function drawGrid({ x, y, endSec, top, plotTop }: Frame, startSec: number): string[] {
  const parts: string[] = []
  for (let i = 0; i <= 5; i++) {
    const load = (top * i) / 5
    parts.push(line(LEFT, y(load), WIDTH - RIGHT, y(load), { class: i === 0 ? 'axis' : 'grid' }))
    parts.push(textAt(LEFT - 8, y(load) + 4, printLoad(load), { class: 'quiet', 'text-anchor': 'end' }))
  }
  const step =
    [1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600].find((sec) => endSec / sec <= 10) ?? 43_200
  for (let sec = 0; sec <= endSec; sec += step) {
    parts.push(line(x(sec), plotTop + PLOT_HEIGHT, x(sec), plotTop + PLOT_HEIGHT + 5, { class: 'axis' }))
    parts.push(
      textAt(x(sec), plotTop + PLOT_HEIGHT + 19, printClock(startSec + sec, step), {
        class: 'quiet',
        'text-anchor': 'middle',
      }),
    )
  }
  return parts
}

interface Label {
  readonly happening: Happening
  /** Counted from the top: labels that would overlap stand below each other. */
  readonly row: number
  readonly isLeft: boolean
}

function placeLabels({ happenings, intervals }: Simulation, { startSec }: ChartText): (Label & { text: string })[] {
  const last = intervals.at(-1)!
  const endSec = last.atSec + last.lengthSec
  const x = (sec: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * sec) / endSec
  const taken: [from: number, to: number][][] = []
  return happenings.map((happening) => {
    const text = `${printClock(startSec + happening.atSec)} ${happening.text}`
    const width = text.length * LETTER + 8
    const at = x(happening.atSec)
    const isLeft = at + width > WIDTH - 8
    const [from, to] = isLeft ? [at - width, at] : [at, at + width]
    let row = 0
    while (taken[row]?.some(([left, right]) => from < right && to > left)) row++
    ;(taken[row] ??= []).push([from, to])
    return { happening, row, isLeft, text }
  })
}

function drawEvents({ x, plotTop }: Frame, labels: readonly (Label & { text: string })[]): string[] {
  return labels.flatMap(({ happening: { atSec, kind }, row, isLeft, text }) => {
    const top = TOP - 14 + row * ROW
    const kinds = { event: 'event', noticed: 'noticed', overload: 'fails' }
    const label = {
      class: kind === 'overload' ? 'failed' : kind === 'noticed' ? 'quiet' : undefined,
      'text-anchor': isLeft ? 'end' : undefined,
    }
    return [
      line(x(atSec), top - 9, x(atSec), plotTop + PLOT_HEIGHT, { class: kinds[kind] }),
      textAt(x(atSec) + (isLeft ? -4 : 4), top, text, label),
    ]
  })
}

function drawDead({ intervals }: Simulation, { x, y, plotTop }: Frame): string {
  if (intervals.every(({ dead }) => dead === 0)) return ''
  const edge = stairs(intervals, ({ dead }) => dead, x, y)
  const bottom = plotTop + PLOT_HEIGHT
  return path([[edge[0]![0], bottom], ...edge, [edge.at(-1)![0], bottom]], { class: 'dead' })
}

function drawCapacities({ capacities }: Simulation, { y, top }: Frame): string[] {
  return capacities.flatMap((limit, i) =>
    limit === undefined || limit > top ? [] : [line(LEFT, y(limit), WIDTH - RIGHT, y(limit), { class: `limit p${i}` })],
  )
}

function drawLoads({ pools, intervals }: Simulation, { x, y }: Frame): string[] {
  return pools.map((_, i) =>
    path(
      stairs(intervals, ({ loads }) => loads[i]!, x, y),
      { class: `load p${i}` },
    ),
  )
}

/** A mean over an interval is level from its begin to its end. */
function stairs(
  intervals: Simulation['intervals'],
  value: (interval: Simulation['intervals'][number]) => number,
  x: (sec: number) => number,
  y: (load: number) => number,
): [number, number][] {
  return intervals.flatMap((interval): [number, number][] => {
    const { atSec, lengthSec } = interval
    const height = y(value(interval))
    return [
      [x(atSec), height],
      [x(atSec + lengthSec), height],
    ]
  })
}

function drawLegend({ pools, capacities, intervals, overloads }: Simulation, { plotTop }: Frame): string[] {
  const left = WIDTH - RIGHT + 16
  const parts: string[] = []
  let at = plotTop + 10
  for (const [i, pool] of pools.entries()) {
    parts.push(line(left, at, left + 18, at, { class: `load p${i}` }))
    parts.push(textAt(left + 24, at + 4, pool.length > 18 ? `${pool.slice(0, 17)}…` : pool, { 'font-weight': 600 }))
    const limit = capacities[i]
    if (limit !== undefined) {
      const isOver = overloads.some((overload) => overload.pool === pool)
      at += 15
      parts.push(line(left, at, left + 18, at, { class: `limit p${i}` }))
      parts.push(
        textAt(left + 24, at + 4, `of ${printLoad(limit)}${isOver ? ', exceeded' : ''}`, {
          class: isOver ? 'failed' : 'quiet',
        }),
      )
    }
    at += 22
  }
  if (intervals.some(({ dead }) => dead > 0)) {
    parts.push(element('rect', { x: left, y: at - 6, width: 18, height: 12, class: 'dead' }))
    parts.push(textAt(left + 24, at + 4, 'sent to the dead', { class: 'quiet' }))
  }
  return parts
}
