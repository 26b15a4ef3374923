// The settings of everything that speaks HTTP: http, https and metric.

import { z } from 'zod'
import { headerName } from '../load.ts'

/** As in Route 53: enough for a health page, little enough for a prober with thousands of targets. */
export const BODY_LIMIT = 5120

/** A range of statuses, both ends included. */
export type Statuses = readonly [from: number, to: number]

export interface HttpSettings {
  readonly port: number
  readonly path: string
  /** Host header, and the name for TLS; undefined: the target's address. */
  readonly host?: string | undefined
  readonly method: 'GET' | 'HEAD' | 'POST' | 'OPTIONS'
  readonly expect: readonly Statuses[]
  readonly expect_headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly redirects: number
}

const status = z
  .union([
    z.int().min(100).max(599),
    z.string().regex(/^[1-5]\d\d(-[1-5]\d\d)?$/, 'expected a status such as 200, or a range such as "200-299"'),
  ])
  .transform((value): Statuses => {
    const [from, to] = String(value).split('-').map(Number)
    return [from!, to ?? from!]
  })
  .refine(([from, to]) => from <= to, 'expected the lower status first')

const headerText = z.string().regex(/^[\t\x20-\x7e]*$/, 'expected printable ASCII')

export function portField(defaultPort: number) {
  return z
    .int()
    .min(1)
    .max(65_535)
    .default(defaultPort)
    .meta({ description: 'where to probe, unless the target says otherwise' })
}

/** The name of a host, with or without a port. */
export const hostField = z
  .string()
  .regex(/^[A-Za-z0-9_]([A-Za-z0-9_.-]*)(:\d{1,5})?$/, 'expected a host name, such as www.example.com')
  .optional()

export const caFileField = z
  .string()
  .min(1)
  .optional()
  .meta({ description: 'certificates (PEM) to trust instead of the usual authorities' })

export const pathField = z
  .string()
  .regex(/^\/[\x21-\x7e]*$/, 'expected a path that starts with "/", percent-encoded where needed')

export const headersField = z
  .record(headerName, headerText)
  .default({})
  .meta({ description: 'further request headers' })

/** The fields that http and https share. */
export function httpFields(defaultPort: number) {
  return {
    port: portField(defaultPort),
    path: pathField.default('/'),
    host: hostField.meta({ description: "Host header and TLS name; the target's address when left out" }),
    method: z.enum(['GET', 'HEAD', 'POST', 'OPTIONS']).default('GET'),
    expect: z
      .array(status)
      .min(1)
      .prefault(['200-299'])
      .meta({ description: 'statuses that count as success: 200, "200-299"' }),
    expect_headers: z
      .record(headerName, headerText)
      .default({})
      .meta({ description: 'response headers that must be there, and a text that must occur in each' }),
    body: z
      .string()
      .min(1)
      .max(BODY_LIMIT)
      .optional()
      .meta({ description: 'a text that must occur in the first 5 KiB of the body' }),
    headers: headersField,
    redirects: z
      .int()
      .min(0)
      .max(10)
      .default(0)
      .meta({ description: 'how many redirects to follow, to the same host and port only' }),
  }
}

/** Rules between the fields. */
export function checkFields(settings: HttpSettings, context: z.core.$RefinementCtx): void {
  if (settings.body !== undefined && settings.method === 'HEAD') {
    context.addIssue({ code: 'custom', path: ['body'], message: 'the answer to HEAD has no body; use GET' })
  }
  checkHeaders(settings.headers, context)
}

export function checkHeaders(headers: Readonly<Record<string, string>>, context: z.core.$RefinementCtx): void {
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() !== 'host') continue
    context.addIssue({ code: 'custom', path: ['headers', name], message: 'set the Host header with "host"' })
  }
}

export function printStatuses(expect: readonly Statuses[]): string {
  return expect.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(' or ')
}
