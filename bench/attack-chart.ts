// The chart of bench/attack.svg: a panel for each attack, over time: what is settled against the peak, which part of good clients'
// questions is answered, and how long the admin API takes.

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Panel {
  readonly title: string
  readonly attackSec: number
  readonly times: number
  /** Of the peak. */
  readonly settled: readonly Point[]
  /** Answered, 0 to 1. */
  readonly good: readonly Point[]
  /** Seconds. */
  readonly admin: readonly Point[]
}

const WIDTH = 330
const HEIGHT = 150
const LEFT = 44
const TOP = 54
const GAP = 62
const COLUMNS = 2
/** The axis goes a little above the peak. */
const MOST = 1.2

const lines = [
  { key: 'settled', colour: '#1f6feb', label: 'requests settled, 100 % = the peak' },
  { key: 'good', colour: '#1a7f37', label: 'good clients answered' },
  { key: 'admin', colour: '#bc4c00', label: 'admin API, 100 % = one second' },
] as const

export function drawAttacks(panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / COLUMNS)
  const width = COLUMNS * (WIDTH + GAP) + LEFT
  const height = TOP + rows * (HEIGHT + GAP)
  const legend = lines.map(
    ({ colour, label }, i) =>
      `<rect x="${LEFT + i * 250}" y="14" width="14" height="3" fill="${colour}"/><text x="${LEFT + 20 + i * 250}" y="20">${label}</text>`,
  )
  const drawn = panels.map((panel, i) => {
    const x = LEFT + (i % COLUMNS) * (WIDTH + GAP)
    const y = TOP + Math.floor(i / COLUMNS) * (HEIGHT + GAP)
    return `<g transform="translate(${x} ${y})">${drawPanel(panel)}</g>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#57606a">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...legend,
    ...drawn,
    '</svg>',
    '',
  ].join('\n')
}

function drawPanel(panel: Panel): string {
  const times = panel.settled.concat(panel.good).map(({ x }) => x)
  const from = Math.min(...times)
  const to = Math.max(...times)
  const px = (x: number): number => ((x - from) / (to - from)) * WIDTH
  const py = (y: number): number => HEIGHT - (Math.min(y, MOST) / MOST) * HEIGHT
  const grid = [0, 0.5, 1].map(
    (y) =>
      `<path d="M0 ${py(y).toFixed(1)}H${WIDTH}" stroke="#d0d7de"/><text x="-6" y="${(py(y) + 4).toFixed(1)}" text-anchor="end">${y * 100} %</text>`,
  )
  const curves = lines.map(({ key, colour }) => {
    const path = panel[key].map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`)
    return `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`
  })
  const start = px(0)
  const end = px(panel.attackSec)
  return [
    `<rect x="${start.toFixed(1)}" width="${(end - start).toFixed(1)}" height="${HEIGHT}" fill="#ffebe9"/>`,
    ...grid,
    ...curves,
    `<text x="0" y="-8" font-size="13" fill="#24292f">${panel.title}, ${panel.times} × the peak</text>`,
    `<text x="${start.toFixed(1)}" y="${HEIGHT + 16}" text-anchor="middle">0 s</text>`,
    `<text x="${end.toFixed(1)}" y="${HEIGHT + 16}" text-anchor="middle">${panel.attackSec.toFixed(0)} s</text>`,
  ].join('')
}
