// A scenario: what goes down and comes back when, for how many clients behind which resolvers. Written in YAML, or put together
// from options of the command.

import { z } from 'zod'
import { parseDuration, printDuration } from '../../core/base/duration.ts'
import { printFound } from '../../core/base/found.ts'
import type { Problem } from '../../core/base/problem.ts'
import { duration } from '../../core/base/schema.ts'
import { checkDocument } from '../../io/config/check.ts'
import { readText } from '../../io/config/files.ts'
import { readDocument } from '../../io/config/yaml.ts'

export const verbs = ['down', 'up', 'drain', 'undrain', 'demand', 'capacity'] as const
export type Verb = (typeof verbs)[number]

export interface ScenarioEvent {
  /** From the start. */
  readonly atSec: number
  readonly verb: Verb
  /** A pool or target; empty for `demand`. */
  readonly subject: string
  /** Of `demand` and `capacity`. */
  readonly value: number
}

const DAY = 86_400_000

/** `12:05` or `12:05:30` as milliseconds from midnight. */
function parseClock(text: string): number | undefined {
  const parts = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text)
  return parts ? ((Number(parts[1]) * 60 + Number(parts[2])) * 60 + Number(parts[3] ?? 0)) * 1000 : undefined
}

/** A share such as `30%`; its value is 0 to 1. */
function share() {
  return z.string().transform((text, context) => {
    const value = parseShare(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: `expected a share such as 30%, found ${printFound(text)}` })
    return z.NEVER
  })
}

function parseShare(text: string): number | undefined {
  const parts = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())
  return parts && Number(parts[1]) <= 100 ? Number(parts[1]) / 100 : undefined
}

const clock = z.string().transform((text, context) => {
  const ms = parseClock(text)
  if (ms !== undefined) return ms
  context.addIssue({ code: 'custom', message: `expected a time of day such as 12:00, found ${printFound(text)}` })
  return z.NEVER
})

/** `8% hold 5m` */
const stubborn = z.string().transform((text, context) => {
  const parts = /^(.+?)\s+hold\s+(\S+)$/.exec(text.trim())
  const held = parts ? parseShare(parts[1]!) : undefined
  const holdMs = parts ? parseDuration(parts[2]!) : undefined
  if (held !== undefined && holdMs !== undefined) return { share: held, holdSec: Math.round(holdMs / 1000) }
  context.addIssue({
    code: 'custom',
    message: `expected a share and a time such as 8% hold 5m, found ${printFound(text)}`,
  })
  return z.NEVER
})

const amount = z.number().positive()

export const scenarioConfig = z.strictObject({
  start: clock.prefault('00:00').meta({ description: 'the time of day at the beginning, as the table shows it' }),
  for: duration({ atLeastMs: 1000, atMostMs: 2 * DAY })
    .prefault('30m')
    .meta({ description: 'how long it goes on' }),
  step: duration({ atLeastMs: 1000, atMostMs: DAY }).optional().meta({ description: 'the length of an interval' }),
  name: z
    .string()
    .optional()
    .meta({ description: 'the name that clients ask for; all steered names share where it is left out' }),
  demand: amount
    .default(100)
    .meta({ description: "what all clients ask of the pools together, in the operator's own unit" }),
  capacity: z.record(z.string(), amount).default({}).meta({ description: 'what each pool can take, in the same unit' }),
  clients: z.int().min(10).max(2_000_000).default(10_000).meta({ description: 'how many clients stand for all' }),
  ipv6: share().prefault('0%').meta({ description: 'clients that use IPv6, and ask for AAAA' }),
  resolvers: z
    .strictObject({
      ecs: share().prefault('30%').meta({ description: 'clients whose resolver passes their network on' }),
      clients: z
        .int()
        .min(1)
        .max(100_000)
        .default(20)
        .meta({ description: 'clients behind each of the other resolvers' }),
      stubborn: stubborn
        .prefault('0% hold 5m')
        .meta({ description: 'resolvers that hold answers longer than the TTL' }),
    })
    .prefault({}),
  overload: z
    .strictObject({
      above: z
        .string()
        .regex(/^\d+(\.\d+)?\s*%$/, 'expected a percentage such as 120%')
        .transform((text) => Number.parseFloat(text) / 100),
      after: duration({ atLeastMs: 1000 }).prefault('30s'),
    })
    .optional()
    .meta({ description: 'a pool that has been above this part of its capacity for so long goes down itself' }),
  events: z.array(z.string()).default([]).meta({ description: 'such as `12:05 eu down`, `12:20 demand 15000`' }),
})

type Written = z.infer<typeof scenarioConfig>

export interface Scenario extends Omit<Written, 'events' | 'for' | 'step' | 'start' | 'overload'> {
  /** Seconds from midnight. */
  readonly startSec: number
  readonly lengthSec: number
  readonly stepSec: number
  readonly overload: { readonly above: number; readonly afterSec: number } | undefined
  readonly events: readonly ScenarioEvent[]
}

/** What the command's options say over the file. */
export interface ScenarioOptions {
  readonly for?: string
  readonly step?: string
  readonly demand?: number
  readonly name?: string
  /** `eu@5m` */
  readonly down: readonly string[]
  readonly up: readonly string[]
  /** `eu=9000` */
  readonly capacity: readonly string[]
}

export type ScenarioResult =
  | { readonly scenario: Scenario }
  | { readonly problems: readonly Problem[] }
  | { readonly wrong: string }

export function loadScenario(file: string | undefined, options: ScenarioOptions): ScenarioResult {
  const read = file === undefined ? { text: '' } : readText(file)
  if (read.text === undefined) return { problems: [read.problem] }
  return parseScenario(file ?? 'scenario', read.text, options)
}

export function parseScenario(file: string, text: string, options: ScenarioOptions): ScenarioResult {
  const document = readDocument(file, text)
  const given = { ...document, data: document.data ?? {} }
  const { value, problems } = checkDocument(given, scenarioConfig)
  if (!value) return { problems }
  const events: ScenarioEvent[] = []
  const wrong: Problem[] = []
  for (const [i, line] of value.events.entries()) {
    const event = parseEvent(line, value.start)
    if (typeof event !== 'string') events.push(event)
    else {
      const place = { file, ...document.locate(['events', i]), path: `events[${i}]` }
      wrong.push({ ...place, message: event, severity: 'error' })
    }
  }
  return wrong.length > 0 ? { problems: wrong } : applyOptions(value, events, options)
}

function parseEvent(line: string, startMs: number): ScenarioEvent | string {
  const [when = '', ...words] = line.trim().split(/\s+/)
  const clockMs = parseClock(when)
  const atMs = clockMs === undefined ? parseDuration(when) : (clockMs - startMs + DAY) % DAY
  if (atMs === undefined) return `expected a time such as 12:05 or 5m first, found "${line}"`
  const atSec = Math.round(atMs / 1000)
  const [first = '', second = '', third] = words
  const value = Number(words.at(-1))
  if (first === 'demand') {
    return words.length === 2 && value > 0
      ? { atSec, verb: 'demand', subject: '', value }
      : `expected a demand above 0, found "${line}"`
  }
  if (second === 'capacity') {
    const isFine = words.length === 3 && value > 0
    return isFine ? { atSec, verb: 'capacity', subject: first, value } : `expected a capacity above 0, found "${line}"`
  }
  const verb = verbs.find((each) => each === second)
  if (verb === undefined || third !== undefined || verb === 'demand')
    return `expected a pool and one of down, up, drain, undrain, capacity, or demand, found "${line}"`
  return { atSec, verb, subject: first, value: 0 }
}

function applyOptions(value: Written, written: readonly ScenarioEvent[], options: ScenarioOptions): ScenarioResult {
  const events = [...written]
  for (const verb of ['down', 'up'] as const) {
    for (const text of options[verb]) {
      const [subject = '', when = ''] = text.split('@')
      const event = parseEvent(`${when} ${subject} ${verb}`, value.start)
      if (typeof event === 'string') return { wrong: `--${verb}: expected such as eu@5m, found "${text}"` }
      events.push(event)
    }
  }
  const capacity = { ...value.capacity }
  for (const text of options.capacity) {
    const [pool = '', limit = ''] = text.split('=')
    if (pool === '' || !(Number(limit) > 0)) return { wrong: `--capacity: expected such as eu=9000, found "${text}"` }
    capacity[pool] = Number(limit)
  }
  const lengthMs = options.for === undefined ? value.for : parseDuration(options.for)
  if (lengthMs === undefined || lengthMs < 1000)
    return { wrong: `--for: expected a duration such as 30m, found "${options.for}"` }
  const stepMs = options.step === undefined ? (value.step ?? usualStep(lengthMs)) : parseDuration(options.step)
  if (stepMs === undefined || stepMs < 1000)
    return { wrong: `--step: expected a duration such as 10s, found "${options.step}"` }
  if (stepMs > lengthMs)
    return { wrong: `expected a step within ${printDuration(lengthMs)}, found ${printDuration(stepMs)}` }
  const { overload, start, for: _for, step: _step, ...rest } = value
  const scenario: Scenario = {
    ...rest,
    ...(options.name !== undefined && { name: options.name }),
    demand: options.demand ?? value.demand,
    capacity,
    startSec: start / 1000,
    lengthSec: Math.round(lengthMs / 1000),
    stepSec: Math.round(stepMs / 1000),
    overload: overload && { above: overload.above, afterSec: Math.round(overload.after / 1000) },
    events: events.sort((a, b) => a.atSec - b.atSec),
  }
  return { scenario }
}

/** About thirty lines of a table, of a length that people use. */
function usualStep(lengthMs: number): number {
  const lengths = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((sec) => sec * 1000)
  return lengths.find((each) => lengthMs / each <= 40) ?? 3_600_000
}
