// The door to pino: structured lines on stderr (stdout belongs to what commands print). Lines are written without waiting, and
// what is still buffered is written when the process exits. Main thread only: workers count, they do not log.

import { type DestinationStream, destination, pino, stdSerializers, stdTimeFunctions } from 'pino'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** An Error goes into the field `error`. */
export type LogFields = Readonly<Record<string, unknown>>

export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** The same log, with fields that every line of it has. */
  child(fields: LogFields): Log
}

export interface LogOptions {
  /** Lines below it are not written; `silent` writes none. */
  readonly level: LogLevel | 'silent'
  /** For eyes instead of machines. */
  readonly pretty?: boolean
  /** Instead of stderr. */
  readonly to?: DestinationStream
}

export function openLog({ level, pretty = false, to }: LogOptions): Log {
  // minLength 0 writes at the next chance; what arrives during a write goes with the next one. pino itself flushes on exit.
  const sink = to ?? destination({ dest: 2, sync: false, minLength: 0 })
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: stdSerializers.err },
    redact: ['password', '*.password'],
  }
  return pino(options, pretty ? { write: (line: string) => sink.write(printLine(line)) } : sink)
}

/** `12:00:00.000 warn  the store is out of reach  code=store-unreachable` from a line of JSON. */
export function printLine(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
  const pairs = Object.entries(fields).map(([key, value]) => `  ${key}=${printField(value)}`)
  return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${String(msg)}${pairs.join('')}\n`
}

function printField(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
  // Of an error its words; the stack is in the JSON form.
  if (typeof value === 'object' && value !== null && 'message' in value) return JSON.stringify(value.message)
  return JSON.stringify(value)
}
