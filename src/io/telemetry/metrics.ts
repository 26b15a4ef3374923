// Prometheus text format 0.0.4, written by hand: the format is smaller than any library for it, and no library sums over threads.
// https://prometheus.io/docs/instrumenting/exposition_formats/

export type Labels = Readonly<Record<string, string | number>>

export interface Sample {
  readonly labels?: Labels
  readonly value: number
}

export interface Distribution {
  readonly labels?: Labels
  /** How many fell at or below each bound and above the one before; one more at the end, for those above all bounds. */
  readonly counts: readonly number[]
  readonly sum: number
}

export type Family =
  | {
      readonly type: 'counter' | 'gauge'
      readonly name: string
      readonly help: string
      readonly samples: readonly Sample[]
    }
  | {
      readonly type: 'histogram'
      readonly name: string
      readonly help: string
      /** Ascending; +Inf is implied. */
      readonly bounds: readonly number[]
      readonly samples: readonly Distribution[]
    }

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { type: 'gauge', name, help, samples }
}

export function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { type: 'counter', name, help, samples }
}

/** What `printMetrics` writes, for the Content-Type header. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Families in the order given, each with its HELP and TYPE. A name that is none, or one that comes twice, is a bug and throws. */
export function printMetrics(families: readonly Family[]): string {
  const seen = new Set<string>()
  let text = ''
  for (const family of families) {
    checkName(family.name)
    if (seen.has(family.name)) throw new Error(`metric ${family.name} is printed twice`)
    seen.add(family.name)
    text += `# HELP ${family.name} ${family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${family.name} ${family.type}\n`
    if (family.type === 'histogram') {
      for (const sample of family.samples) text += printDistribution(family.name, family.bounds, sample)
    } else {
      for (const sample of family.samples) text += printSample(family.name, sample.labels, sample.value)
    }
  }
  return text
}

function printDistribution(name: string, bounds: readonly number[], { labels, counts, sum }: Distribution): string {
  if (counts.length !== bounds.length + 1)
    throw new Error(`metric ${name}: ${bounds.length} bounds, ${counts.length} counts`)
  let text = ''
  let total = 0
  for (let i = 0; i < counts.length; i++) {
    total += counts[i]!
    const le = i < bounds.length ? printNumber(bounds[i]!) : '+Inf'
    text += printSample(`${name}_bucket`, { ...labels, le }, total)
  }
  return `${text}${printSample(`${name}_sum`, labels, sum)}${printSample(`${name}_count`, labels, total)}`
}

function printSample(name: string, labels: Labels | undefined, value: number): string {
  const pairs = Object.entries(labels ?? {}).map(([key, label]) => {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key)) throw new Error(`metric ${name}: "${key}" is no label name`)
    return `${key}="${escapeLabel(String(label))}"`
  })
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${printNumber(value)}\n`
}

function checkName(name: string): void {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new Error(`"${name}" is no metric name`)
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function printNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
