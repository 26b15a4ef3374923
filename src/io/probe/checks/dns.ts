// dns: a name server answers a question (RFC 1035), with the expected response code and, where asked for, records that hold
// certain texts. Over UDP, and over TCP where the answer is too long for it.

import { z } from 'zod'
import { Failure } from '../../../core/base/failure.ts'
import { parseName, ROOT } from '../../../core/wire/name.ts'
import { ask } from '../../ask/ask.ts'
import type { Answered } from '../../ask/asked.ts'
import { parseRcode, parseType, printRcode, printType } from '../../ask/mnemonic.ts'
import { defineCheck, notProbed, type Seen } from '../check.ts'
import { portField } from './http-fields.ts'
import { isOwnFault, reasonOf } from './watch.ts'

export interface DnsSettings {
  readonly port: number
  readonly name: string
  readonly type: number
  readonly rcode: number
  readonly answer: readonly string[]
  readonly authoritative: boolean
  readonly recursive: boolean
  readonly tcp: boolean
}

const code = (what: string, parse: (text: string) => number | undefined) =>
  z.string().transform((text, context): number => {
    const value = parse(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: `expected ${what}, found ${JSON.stringify(text)}` })
    return z.NEVER
  })

/** The exchange ends by its own limit; the prober's may be shorter, and ends it by aborting. */
const longestMs = 300_000

export const dns = defineCheck<DnsSettings>({
  name: 'dns',
  config: z.strictObject({
    port: portField(53),
    name: z
      .string()
      .refine((text) => typeof parseName(text, ROOT) !== 'string', 'expected a domain name, such as www.example.com')
      .meta({ description: 'the name to ask for' }),
    type: code('a record type such as A or SOA', parseType).prefault('A').meta({ description: 'the type to ask for' }),
    rcode: code('a response code such as NOERROR', parseRcode)
      .prefault('NOERROR')
      .meta({ description: 'the response code that counts as success' }),
    answer: z
      .array(z.string().min(1).max(500))
      .max(20)
      .default([])
      .meta({ description: 'texts each of which some record of the answer must hold' }),
    authoritative: z.boolean().default(false).meta({ description: 'whether the answer must be authoritative (AA)' }),
    recursive: z.boolean().default(false).meta({ description: 'ask for recursion, as of a resolver (RD)' }),
    tcp: z.boolean().default(false).meta({ description: 'ask over TCP' }),
  }),
  defaultPort: (settings) => settings.port,

  async run(settings, server, signal) {
    const started = performance.now()
    const end = (ok: boolean | undefined, detail: string, firstByteMs?: number): Seen => {
      return { ok, tookMs: performance.now() - started, connectMs: undefined, firstByteMs, detail }
    }
    const { name, type, recursive, tcp: overTcp } = settings
    const asked = ask({ server, name, type, recursive, overTcp, timeoutMs: longestMs, tries: 1, signal })
    try {
      const answered = await asked
      const wrong = wrongIn(settings, answered)
      return end(wrong === undefined, wrong ?? printRcode(answered.rcode), answered.tookMs)
    } catch (error) {
      if (signal.aborted)
        return end(false, `${reasonOf(signal, performance.now() - started)} while waiting for the answer`)
      if (!(error instanceof Failure)) throw error
      const { code: cause } = (error.cause ?? {}) as NodeJS.ErrnoException
      if (cause === 'ECONNREFUSED') return end(false, 'connection refused')
      if (cause !== undefined && isOwnFault(cause)) return notProbed(error.message)
      return end(false, error.message)
    }
  },
})

function wrongIn(settings: DnsSettings, answered: Answered): string | undefined {
  const { rcode, answer, flags } = answered
  if (rcode !== settings.rcode) return `${printRcode(rcode)}, expected ${printRcode(settings.rcode)}`
  if (settings.authoritative && !flags.aa) return `${printRcode(rcode)}, but the answer is not authoritative`
  for (const text of settings.answer) {
    if (answer.some((record) => record.data.includes(text))) continue
    return `no ${printType(settings.type)} record of the answer holds ${JSON.stringify(text)}`
  }
  return undefined
}
