// The chart as a document: what is in it, that it is well-formed, and that nothing is drawn outside of it.

import { expect, test } from 'vitest'
import { drawChart } from '../../../src/app/rehearsal/chart.ts'
import { printClock, printLoad } from '../../../src/app/rehearsal/clock.ts'
import type { Simulation } from '../../../src/app/rehearsal/simulate.ts'

const simulation: Simulation = {
  pools: ['eu', 'us <&>'],
  capacities: [undefined, 700],
  intervals: Array.from({ length: 30 }, (_, i) => ({
    atSec: i * 60,
    lengthSec: 60,
    loads: i < 10 ? [600, 400] : [0, 1000],
    dead: i === 10 ? 120 : 0,
    none: 0,
    demand: 1000,
  })),
  happenings: [
    { atSec: 600, kind: 'event', text: 'eu down' },
    { atSec: 619, kind: 'noticed', text: 'eu is seen down' },
    { atSec: 1790, kind: 'overload', text: 'us <&> fails under its load' },
  ],
  overloads: [{ pool: 'us <&>', fromSec: 640, toSec: 1800, peak: 1000, capacity: 700 }],
  asked: 1,
}
const chart = drawChart(simulation, { title: 'Load & more', subtitle: 'clients', startSec: 43_200 })

/** Opening and closing tags in step, attributes quoted, no stray markup: enough of XML for what the writer writes. */
function isWellFormed(text: string): boolean {
  const open: string[] = []
  const rest = text.replace(/<(\/?)([a-z]+)((?:\s[a-zA-Z0-9:-]+="[^"<]*")*)(\/?)>/g, (_, close, name, __, empty) => {
    if (close) {
      if (open.pop() !== name) open.push('wrong')
    } else if (!empty) open.push(String(name))
    return ''
  })
  return open.length === 0 && !/[<>]/.test(rest) && !/&(?!(amp|lt|gt|quot);)/.test(rest)
}

test('is one well-formed SVG, whatever pools are called', () => {
  expect(chart).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 960 \d+"/)
  expect(isWellFormed(chart)).toBe(true)
  expect(isWellFormed(chart.replace('</style>', ''))).toBe(false)
})

test('is drawn for two days in steps of a second as well', () => {
  const [interval] = simulation.intervals
  const intervals = Array.from({ length: 172_800 }, (_, i) => ({ ...interval!, atSec: i, lengthSec: 1 }))
  const long = drawChart({ ...simulation, intervals }, { title: 'long', subtitle: '', startSec: 0 })
  expect(long).toContain('long: load of each pool over time')
})

test('has a line for each pool, one for each capacity, and an area for what went to the dead', () => {
  expect(chart.match(/class="load p\d" d=|d="[^"]+" class="load p\d"/g)).toHaveLength(2)
  expect(chart.match(/class="limit p1"/g)).toHaveLength(2) // in the plot and in the legend
  expect(chart).not.toContain('class="limit p0"')
  expect(chart).toContain('>sent to the dead<')
  expect(chart).toContain('>of 700, exceeded<')
})

test('names events at their time, and none of them overlaps another', () => {
  for (const text of ['12:10 eu down', '12:10:19 eu is seen down', '12:29:50 us &lt;&amp;&gt; fails under its load'])
    expect(chart).toContain(`>${text}<`)
  const places = [...chart.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>12:\d\d(?::\d\d)? \w/g)].map(([, , y]) => y)
  expect(places[0]).not.toBe(places[1])
})

test('stays within its frame', () => {
  const height = Number(/viewBox="0 0 960 (\d+)"/.exec(chart)![1])
  for (const [, x, y] of chart.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)) {
    expect(Number(x)).toBeGreaterThanOrEqual(0)
    expect(Number(x)).toBeLessThanOrEqual(960)
    expect(Number(y)).toBeGreaterThanOrEqual(0)
    expect(Number(y)).toBeLessThanOrEqual(height)
  }
})

test('is readable on dark and on light backgrounds', () => {
  const [light, dark] = chart.split('@media(prefers-color-scheme:dark)') as [string, string]
  for (const part of [light, dark]) expect(part).toMatch(/\.back\{fill:#[0-9a-f]+\}/)
  expect(/\.p0\{stroke:(#\w+)/.exec(light)![1]).not.toBe(/\.p0\{stroke:(#\w+)/.exec(dark)![1])
})

test.each([
  [43_200, 60, '12:00'],
  [43_219, 60, '12:00'],
  [43_219, 10, '12:00:19'],
  [86_400 + 61, 1, '00:01:01'],
])('%s s from midnight in steps of %s s is %s', (sec, step, text) => expect(printClock(sec, step)).toBe(text))

test.each([
  [0, '0'],
  [0.126, '0.13'],
  [12.34, '12.3'],
  [5090, '5090'],
  [12_345, '12.3k'],
  [4_000_000, '4000k'],
  [40_000_000, '40M'],
])('a load of %s is written %s', (load, text) => expect(printLoad(load)).toBe(text))

test.each([
  [6.43, 12_000, '6'],
  [6.43, 100, '6.4'],
  [0.643, 5, '0.64'],
])('a load of %s beside one of %s is written %s', (load, scale, text) => expect(printLoad(load, scale)).toBe(text))
