// metric: a number that the application publishes stands within limits: one line of a Prometheus page (text format 0.0.4), or
// one field of a JSON document. What it alone sees: its queue, its replication lag, its errors.

import { z } from 'zod'
import { defineCheck, notProbed } from '../check.ts'
import { jsonPointer, loadInJson, type LoadSource, valueAt } from '../load.ts'
import { overHttp } from './http.ts'
import { ask, type Look } from './http-ask.ts'
import { caFileField, checkHeaders, headersField, hostField, pathField, portField } from './http-fields.ts'
import { overHttps } from './https.ts'
import { openTrust } from './trust.ts'

export interface MetricSettings {
  readonly port: number
  readonly path: string
  readonly host?: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly tls: boolean
  readonly ca_file?: string | undefined
  readonly prometheus?: string | undefined
  readonly json?: string | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
}

/** Pages of exporters have some hundred kilobytes at most. */
const pageLimit = 4_194_304

const series = z
  .string()
  .refine((text) => parseSeries(text) !== undefined, 'expected a metric such as queue_length{queue="mail"}')

export const metric = defineCheck<MetricSettings>({
  name: 'metric',
  config: z
    .strictObject({
      port: portField(80),
      path: pathField.default('/metrics'),
      host: hostField.meta({ description: "Host header and TLS name; the target's address when left out" }),
      headers: headersField,
      tls: z.boolean().default(false).meta({ description: 'over TLS' }),
      ca_file: caFileField,
      prometheus: series.optional().meta({
        description:
          'the metric on a Prometheus page, with as many labels as tell it from others; several are added up',
      }),
      json: jsonPointer
        .optional()
        .meta({ description: 'where the number stands in a JSON document, such as /queue/length' }),
      min: z.number().optional().meta({ description: 'the least that is fine' }),
      max: z.number().optional().meta({ description: 'the most that is fine' }),
    })
    .superRefine(checkSettings),
  defaultPort: (settings) => settings.port,
  files: ['ca_file'],
  loadIn: ['header', 'json'],

  async run(settings, target, signal, kit, load) {
    const trust = settings.tls ? await openTrust(settings, target, kit) : undefined
    if (typeof trust === 'string') return notProbed(trust)
    const page = {
      ...settings,
      method: 'GET' as const,
      expect: [[200, 200] as const],
      expect_headers: {},
      redirects: 0,
    }
    return ask(
      { settings: page, target, signal, load, look: lookOf(settings, load) },
      trust ? overHttps(trust) : overHttp,
    )
  },
})

function checkSettings(settings: MetricSettings, context: z.core.$RefinementCtx): void {
  const complain = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message })
  const { prometheus, json, min, max, tls, ca_file, headers } = settings
  if ((prometheus === undefined) === (json === undefined))
    complain([], `expected either prometheus or json, found ${json === undefined ? 'neither' : 'both'}`)
  if (min === undefined && max === undefined) complain([], 'expected a limit: min, max or both')
  if (min !== undefined && max !== undefined && min > max)
    complain(['max'], `expected at least min, ${min}, found ${max}`)
  if (ca_file !== undefined && !tls) complain(['ca_file'], 'expected tls: true beside it')
  checkHeaders(headers, context)
}

function lookOf(settings: MetricSettings, load: LoadSource | undefined): Look {
  const { prometheus, json, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = settings
  const name = prometheus ?? json ?? ''
  return {
    limit: pageLimit,
    isEager: false,
    judge(body) {
      if (body.length >= pageLimit) return { ok: false, detail: 'its page is longer than 4 MiB' }
      const text = body.toString()
      const said = load && loadInJson(load, text)
      const value = prometheus === undefined ? numberAt(text, json!) : sumOf(text, parseSeries(prometheus)!)
      if (value === undefined) return { ok: false, detail: `${name} is not there, or no number`, load: said }
      // Not a number is within no limits.
      const ok = value >= min && value <= max
      const limit = value < min ? `below ${min}` : value > max ? `above ${max}` : 'not a number'
      return { ok, detail: ok ? `${name} is ${value}` : `${name} is ${value}, ${limit}`, load: said }
    },
  }
}

function numberAt(text: string, pointer: string): number | undefined {
  const value = valueAt(text, pointer)
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' ? number : undefined
}

interface Series {
  readonly name: string
  /** As they stand on the page, escapes and all. */
  readonly labels: readonly string[]
}

/** `name` or `name{label="value",…}`; labels may stand in any order, and further ones beside them. */
function parseSeries(text: string): Series | undefined {
  const parts = /^([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?$/.exec(text.trim())
  if (!parts) return undefined
  const labels = readLabels(parts[2] ?? '')
  return labels && { name: parts[1]!, labels }
}

function readLabels(text: string): string[] | undefined {
  const labels: string[] = []
  const label = /\s*([a-zA-Z_]\w*)\s*=\s*("(?:[^"\\]|\\.)*")\s*(,|$)/y
  while (label.lastIndex < text.length) {
    const found = label.exec(text)
    if (!found) return undefined
    labels.push(`${found[1]}=${found[2]}`)
  }
  return labels
}

/** The sum of all series that fit; undefined when none does. */
function sumOf(page: string, { name, labels }: Series): number | undefined {
  let sum: number | undefined
  for (let at = page.indexOf(name); at !== -1; at = page.indexOf(name, at + 1)) {
    if (at > 0 && page[at - 1] !== '\n') continue
    const end = page.indexOf('\n', at)
    const rest = page.slice(at + name.length, end === -1 ? undefined : end)
    // The value, and after it perhaps a time.
    const parts = /^(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/.exec(rest)
    const value = readValue(parts?.[2] ?? '')
    const own = readLabels(parts?.[1] ?? '')
    if (value !== undefined && own && labels.every((label) => own.includes(label))) sum = (sum ?? 0) + value
  }
  return sum
}

function readValue(text: string): number | undefined {
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (text === 'NaN') return Number.NaN
  const value = text === '' ? Number.NaN : Number(text)
  return Number.isNaN(value) ? undefined : value
}
