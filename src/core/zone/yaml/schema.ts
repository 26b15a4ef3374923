// The part of zones/*.yaml that is plain DNS: apex, TTL and records, as schemas. Record types are checked later, where a wrong
// one gets a better message than a schema could give.

import { z } from 'zod'
import { duration, label } from '../../base/schema.ts'
import { parseName, ROOT } from '../../wire/name.ts'
import { MAX_TTL } from '../../wire/text.ts'

const quotes = 'numbers and true, false or null must be in quotes'

/** A time in whole seconds, as wire formats want it. */
function wholeSeconds(description: string) {
  return duration({ atMostMs: MAX_TTL * 1000 })
    .transform((ms, context) => {
      if (ms % 1000 === 0) return ms / 1000
      context.addIssue({ code: 'custom', message: `expected whole seconds, found ${ms}ms` })
      return z.NEVER
    })
    .meta({ description })
}

function text(description: string) {
  return z
    .string({ error: `expected text; ${quotes}` })
    .min(1, 'expected text, found nothing')
    .meta({ description })
}

/** Also the empty string: `TXT: ""` is a record. */
const recordText = z
  .string({ error: `expected the text of a record; ${quotes}` })
  .meta({ description: 'one record as in a master file, such as "10 mail"; for TXT simply the text' })

const recordTexts = z
  .array(recordText)
  .min(1, 'expected at least one record, found an empty list')
  .meta({ description: 'several records of the type' })

const recordData = z.union([recordText, recordTexts], {
  error: `expected the text of a record or a list of them; ${quotes}`,
})

const recordValue = z
  .union(
    [
      recordText,
      recordTexts,
      z.strictObject({ ttl: wholeSeconds('how long caches keep these records').optional(), data: recordData }),
    ],
    { error: `expected the text of a record, a list of them, or { ttl, data }; ${quotes}` },
  )
  .meta({ description: 'the text of a record, a list of them, or { ttl, data }' })

const ownerRecords = z
  .object({
    service: label()
      .meta({ description: 'the service that answers for this name, with each type that its pools hold' })
      .optional(),
  })
  .catchall(recordValue)
  .meta({ description: 'record type → records; any type is possible as TYPE123: "\\# length hex"' })

/** `records:` owner → type → records. Owners are relative to the zone unless they end with a dot; "@" is the zone itself. */
export const recordsConfig = z
  .record(z.string(), ownerRecords, { error: 'expected a map from names to their records' })
  .meta({
    description:
      'owner → type → records; owners are relative to the zone unless they end with a dot, "@" is the zone itself',
  })

export type RecordsConfig = z.infer<typeof recordsConfig>
export type RecordValue = z.infer<typeof recordValue>

export const soaConfig = z
  .strictObject({
    mname: text('the primary server; by default the first of ns').optional(),
    rname: text('who is responsible: a mailbox such as hostmaster@example.com, or a domain name').prefault(
      'hostmaster',
    ),
    serial: z
      .int()
      .min(0)
      .max(0xffff_ffff)
      .meta({ description: 'the serial number; by default set by the server' })
      .optional(),
    refresh: wholeSeconds('how often secondaries look for changes').prefault('1h'),
    retry: wholeSeconds('how soon they look again after a failure').prefault('15m'),
    expire: wholeSeconds('how long they serve the zone without reaching the primary').prefault('2w'),
    negative: wholeSeconds('how long caches keep the answer that something does not exist (RFC 2308)').prefault('1m'),
  })
  .meta({ description: 'the start of authority; without it an included master file has to have one' })

export type SoaConfig = z.infer<typeof soaConfig>

/** The fields that zones/*.yaml has for its apex and its records, to be spread into the schema of the whole file. */
export const zoneConfig = {
  zone: z
    .string({ error: 'expected the domain name of the zone' })
    .superRefine((name, context) => {
      const wrong = parseName(name, ROOT)
      if (typeof wrong === 'string')
        context.addIssue({ code: 'custom', message: `expected a domain name, found ${wrong}` })
    })
    .meta({ description: 'the domain name of the zone, such as example.com' }),
  ttl: wholeSeconds('how long caches keep records that give no time of their own').prefault('1h'),
  soa: soaConfig.optional(),
  ns: z
    .array(text('a name server, relative to the zone unless it ends with a dot'))
    .min(1, 'expected at least one name server, found an empty list')
    .meta({ description: 'the name servers of the zone' })
    .optional(),
  records: recordsConfig.prefault({}),
}

/** The apex in wire form; `zone` has passed the schema. */
export function apexOfConfig(zone: string): Uint8Array {
  const apex = parseName(zone, ROOT)
  if (typeof apex === 'string') throw new Error(`the zone name ${apex}`)
  return apex
}
