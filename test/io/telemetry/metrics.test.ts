// The text is judged by a strict parser of its own, which accepts only what the format's description allows.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Family, printMetrics } from '../../../src/io/telemetry/metrics.ts'

interface Parsed {
  readonly type: string
  readonly help: string
  readonly samples: { readonly name: string; readonly labels: Record<string, string>; readonly value: number }[]
}

function parseMetrics(text: string): Map<string, Parsed> {
  const families = new Map<string, Parsed>()
  if (text === '') return families
  if (!text.endsWith('\n')) throw new Error('the last line must end')
  const lines = text.slice(0, -1).split('\n')
  let name = ''
  for (let i = 0; i < lines.length; i++) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ([^\n]*)$/.exec(lines[i]!)
    if (help) {
      name = help[1]!
      const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(lines[++i] ?? '')
      if (type?.[1] !== name || families.has(name)) throw new Error(`line ${i}: TYPE of ${name}`)
      families.set(name, { type: type[2]!, help: unescape(help[2]!, '\\n'), samples: [] })
      continue
    }
    const sample = parseSample(lines[i]!)
    const family = families.get(name)
    const suffixes = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
    if (!family || !suffixes.some((suffix) => sample.name === name + suffix))
      throw new Error(`line ${i}: stray sample ${sample.name}`)
    if (
      family.samples.some(
        (other) => JSON.stringify([other.name, other.labels]) === JSON.stringify([sample.name, sample.labels]),
      )
    )
      throw new Error(`line ${i}: the same sample twice`)
    family.samples.push(sample)
  }
  return families
}

function parseSample(line: string): Parsed['samples'][number] {
  const parts =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*",?)+)\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/.exec(
      line,
    )
  if (!parts || parts[2]?.endsWith(',')) throw new Error(`no sample: ${line}`)
  const labels: Record<string, string> = {}
  for (const [, key, value] of (parts[2] ?? '').matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[^])*)"/g)) {
    if (Object.hasOwn(labels, key!)) throw new Error(`label ${key} twice`)
    labels[key!] = unescape(value!, '\\n"')
  }
  return { name: parts[1]!, labels, value: Number(parts[3]!.replace('Inf', 'Infinity')) }
}

function unescape(text: string, allowed: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => {
    if (!allowed.includes(char)) throw new Error(`\\${char} is no escape`)
    return char === 'n' ? '\n' : char
  })
}

test('families come with their HELP and TYPE, labels in order', () => {
  const families: Family[] = [
    {
      type: 'counter',
      name: 'a_total',
      help: 'Of a.',
      samples: [{ labels: { x: 'udp', y: 3 }, value: 7 }, { value: 1.5 }],
    },
    { type: 'gauge', name: 'b', help: 'Of b.', samples: [] },
  ]
  expect(printMetrics(families)).toBe(
    '# HELP a_total Of a.\n# TYPE a_total counter\na_total{x="udp",y="3"} 7\na_total 1.5\n# HELP b Of b.\n# TYPE b gauge\n',
  )
})

test('a histogram has buckets that include the smaller ones, their sum and count', () => {
  const text = printMetrics([
    {
      type: 'histogram',
      name: 'h',
      help: 'H.',
      bounds: [0.5, 1],
      samples: [{ labels: { op: 'read' }, counts: [2, 0, 3], sum: 9.25 }],
    },
  ])
  expect(text.split('\n').slice(2, -1)).toEqual([
    'h_bucket{op="read",le="0.5"} 2',
    'h_bucket{op="read",le="1"} 2',
    'h_bucket{op="read",le="+Inf"} 5',
    'h_sum{op="read"} 9.25',
    'h_count{op="read"} 5',
  ])
})

const label = fc.record({
  zone: fc.string({ unit: 'binary' }),
  quoted: fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'n', '{', '}', ',', '=') }),
})
const value = fc.oneof(
  fc.double({ noNaN: true }).map((number) => number + 0),
  fc.integer(),
  fc.constant(Number.POSITIVE_INFINITY),
)

test('whatever stands in help, labels and values, the text says just that', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.uniqueArray(label, { selector: (labels) => JSON.stringify(labels) }),
      fc.array(value),
      (help, labelled, values) => {
        const samples = labelled.map((labels, i) => ({ labels, value: values[i] ?? i }))
        const parsed = parseMetrics(printMetrics([{ type: 'gauge', name: 'g', help, samples }]))
        expect([...parsed]).toEqual([
          ['g', { type: 'gauge', help, samples: samples.map((sample) => ({ name: 'g', ...sample })) }],
        ])
      },
    ),
  )
})

test('no value at all is NaN', () => {
  expect(
    parseMetrics(printMetrics([{ type: 'gauge', name: 'g', help: '', samples: [{ value: Number.NaN }] }])).get('g')
      ?.samples[0]?.value,
  ).toBeNaN()
})

const counter = (name: string, labels = {}): Family => ({
  type: 'counter',
  name,
  help: '',
  samples: [{ labels, value: 1 }],
})
test.each<[string, Family[]]>([
  ['a name that is none', [counter('a-b')]],
  ['a label name that is none', [counter('a', { 'x.y': 1 })]],
  ['a family that comes twice', [counter('a'), counter('a')]],
  [
    'a histogram with a count too few',
    [{ type: 'histogram', name: 'h', help: '', bounds: [1], samples: [{ counts: [1], sum: 1 }] }],
  ],
])('%s is a bug', (_, families) => expect(() => printMetrics(families)).toThrow(/metric/))

test('the parser of this test is strict', () => {
  for (const text of [
    'a 1',
    'a 1\n',
    '# HELP a x\na 1\n',
    '# HELP a x\n# TYPE a counter\nb 1\n',
    '# HELP a x\n# TYPE a counter\na{x="1",} 1\n',
    '# HELP a x\n# TYPE a counter\na{x="\\t"} 1\n',
  ])
    expect(() => parseMetrics(text)).toThrow(/line|sample|escape/)
})
