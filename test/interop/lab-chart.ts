// What the lab saw, drawn: a lane for each observer, a colour for each address, and the events as lines across.

export interface Lane {
  readonly label: string
  /** In order of time. */
  readonly looks: readonly { readonly atMs: number; readonly seen: string | null }[]
}

export interface Mark {
  readonly atMs: number
  readonly label: string
}

const WIDTH = 1160
const LEFT = 130
const LANE = 34
/** Of labels of events, which stand one above the other where they would overlap. */
const ROW = 13
const FIRST_ROW = 56
/** Of a letter, about. */
const LETTER = 5.8
/** Told apart by those who see no red or green as well. */
const colours = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9']
const NOTHING = '#b0b0b0'

export function drawLab(
  title: string,
  lanes: readonly Lane[],
  marks: readonly Mark[],
  names: ReadonlyMap<string, string>,
): string {
  const fromMs = Math.min(...lanes.map(({ looks }) => looks[0]!.atMs))
  const toMs = Math.max(...lanes.map(({ looks }) => looks.at(-1)!.atMs)) + 100
  const x = (atMs: number): number => LEFT + ((atMs - fromMs) / (toMs - fromMs)) * (WIDTH - LEFT - 20)
  const colourOf = (seen: string | null): string =>
    seen === null ? NOTHING : (colours[[...names.keys()].indexOf(seen)] ?? '#000')
  const labels = layOut(marks.map(({ atMs, label }) => ({ at: x(atMs), label })))
  const top = FIRST_ROW + ROW * (1 + Math.max(...labels.map(({ row }) => row)))
  const bottom = top + lanes.length * LANE
  const parts: string[] = []
  for (const [i, { label, looks }] of lanes.entries()) {
    const y = top + i * LANE
    parts.push(text(LEFT - 10, y + 17, label, 'end'))
    for (const { fromMs: start, toMs: end, seen } of runsOf(looks, toMs))
      parts.push(rect(x(start), y, Math.max(1, x(end) - x(start)), LANE - 10, colourOf(seen)))
  }
  for (const { at, label, row, isLeft } of labels) {
    const y = FIRST_ROW + ROW * row
    parts.push(`<line x1="${num(at)}" y1="${y - 9}" x2="${num(at)}" y2="${bottom}" class="mark"/>`)
    parts.push(text(isLeft ? at - 3 : at + 3, y, label, isLeft ? 'end' : 'start', 'note'))
  }
  for (let sec = 0; fromMs + sec * 1000 < toMs; sec += 10)
    parts.push(text(x(fromMs + sec * 1000), bottom + 16, `${sec} s`, 'middle', 'note'))
  const legend = [...names, [null, 'no answer']] as const
  for (const [i, [address, name]] of legend.entries()) {
    parts.push(rect(LEFT + i * 140, bottom + 32, 14, 14, colourOf(address)))
    parts.push(text(LEFT + i * 140 + 20, bottom + 43, name, 'start', 'note'))
  }
  const style =
    'text{font:13px sans-serif;fill:#222}.note{font-size:11px;fill:#555}.title{font-size:16px;font-weight:bold}.mark{stroke:#555;stroke-dasharray:3 3}.ground{fill:#fff}'
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 60}" role="img"><title>${escape(title)}</title><style>${style}</style>`
  const ground = `<rect width="${WIDTH}" height="${bottom + 60}" class="ground"/>`
  return [head, ground, text(20, 28, title, 'start', 'title'), ...parts, '</svg>', ''].join('\n')
}

/** Each label into the first row with room for it; to the left of its line at the edge. */
function layOut(marks: readonly { readonly at: number; readonly label: string }[]) {
  const ends: number[] = []
  return marks.map(({ at, label }) => {
    const width = label.length * LETTER + 6
    const isLeft = at + width > WIDTH
    const from = isLeft ? at - width : at
    const free = ends.findIndex((end) => end <= from)
    const row = free < 0 ? ends.length : free
    ends[row] = from + width
    return { at, label, row, isLeft }
  })
}

/** Equal looks in a row are one stretch. */
function runsOf(looks: Lane['looks'], endMs: number): { fromMs: number; toMs: number; seen: string | null }[] {
  const runs: { fromMs: number; toMs: number; seen: string | null }[] = []
  for (const [i, { atMs, seen }] of looks.entries()) {
    const nextMs = looks[i + 1]?.atMs ?? endMs
    const last = runs.at(-1)
    if (last?.seen === seen) last.toMs = nextMs
    else runs.push({ fromMs: atMs, toMs: nextMs, seen })
  }
  return runs
}

const num = (value: number): string => value.toFixed(1)

function rect(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${num(x)}" y="${num(y)}" width="${num(width)}" height="${num(height)}" fill="${fill}"/>`
}

function text(x: number, y: number, said: string, anchor: string, kind = ''): string {
  return `<text x="${num(x)}" y="${num(y)}" text-anchor="${anchor}" class="${kind}">${escape(said)}</text>`
}

function escape(said: string): string {
  return said.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
