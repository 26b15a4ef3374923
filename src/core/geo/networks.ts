// The operator's own networks (networks.yaml): prefixes that have a name to steer by, or that the operator knows better
// than the databases do. Prefixes may stand inside one another; what an inner one does not say, the outer one does.

import { z } from 'zod'
import { type Prefix, parsePrefix, withoutHostBits } from '../base/address.ts'
import { label } from '../base/schema.ts'
import { checkCountry, checkSubdivision, type WhereMistake } from './where.ts'

/** An address prefix; its value is the parsed one. */
export function prefix() {
  return z
    .string({ error: 'expected a prefix such as 192.0.2.0/24 or 2001:db8::/32' })
    .transform((text, context): Prefix => {
      const parsed = parsePrefix(text)
      if (parsed) return parsed
      const meant = withoutHostBits(text)
      const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`
      const message = `expected a prefix such as 192.0.2.0/24 or 2001:db8::/32, found "${text}"${hint}`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })
    .meta({ description: 'an IPv4 or IPv6 prefix, or a single address' })
}

function code(check: (text: string) => WhereMistake | undefined, description: string) {
  return z
    .string()
    .superRefine((text, context) => {
      const problem = check(text)
      if (problem) context.addIssue({ code: 'custom', message: printMistake(problem) })
    })
    .meta({ description })
}

function printMistake({ message, hint }: WhereMistake): string {
  return hint === undefined ? message : `${message} (${hint})`
}

const at = z
  .strictObject({ lat: z.number().min(-90).max(90), lon: z.number().min(-180).max(180) })
  .meta({ description: 'where the network is, in degrees' })

export const networkConfig = z
  .strictObject({
    cidr: prefix().optional(),
    cidrs: z.array(prefix()).min(1).optional(),
    name: label().optional().meta({ description: 'for conditions such as "network office"' }),
    country: code(checkCountry, 'a 2-letter country code of ISO 3166-1').optional(),
    subdivision: code(checkSubdivision, 'a subdivision with its country, such as CA-QC').optional(),
    asn: z.int().min(1).max(0xffffffff).optional().meta({ description: 'the number of an autonomous system' }),
    at: at.optional(),
  })
  .superRefine((network, context) => {
    if ((network.cidr === undefined) === (network.cidrs === undefined)) {
      const found = network.cidr === undefined ? 'neither' : 'both'
      context.addIssue({ code: 'custom', message: `expected either "cidr" or "cidrs", found ${found}` })
    }
    const { country, subdivision } = network
    if (country !== undefined && subdivision !== undefined && !subdivision.startsWith(`${country}-`)) {
      const message = `expected a subdivision of ${country}, found "${subdivision}"`
      context.addIssue({ code: 'custom', message, path: ['subdivision'] })
    }
  })
  .meta({ description: 'prefixes, and what is known about the clients in them' })

/** The file geo/networks.yaml. */
export const networksConfig = z.strictObject({ networks: z.array(networkConfig) })

export type NetworkConfig = z.infer<typeof networkConfig> & {
  /** How messages call it, where its index says little. */
  readonly called?: string
}
