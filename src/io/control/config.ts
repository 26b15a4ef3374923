// The setting `admin`.

import { printFound } from '../../core/base/found.ts'
import { endpoint } from '../../core/base/schema.ts'
import { z } from 'zod'
import { isLoopbackAddress } from './access.ts'

/** Enough that nobody guesses one; `openssl rand -hex 16` makes 32. */
const token = (description: string) =>
  z
    .string()
    .min(16, 'expected a token of at least 16 characters')
    .regex(/^[\x21-\x7e]*$/, 'expected a token of printable characters without blanks')
    .optional()
    .meta({ description, secret: true })

export const adminConfig = z
  .strictObject({
    // Loopback, because whoever reaches this may ask anything.
    listen: endpoint()
      .prefault('127.0.0.1:8053')
      .describe('address and port of the admin HTTP: metrics, status, explain, and the orders of operators'),
    tokens: z
      .strictObject({
        read: token('who has it may read: metrics, status, explain, overrides'),
        operate: token('who has it may also act: drain, undrain, drill, return'),
      })
      .prefault({})
      .describe('bearer tokens; without any, whoever is on this machine may read and act'),
  })
  .superRefine(({ listen, tokens }, context) => {
    if (isLoopbackAddress(listen.address) || tokens.read !== undefined) return
    const found = printFound(listen.address)
    const message = `expected a loopback address, or admin.tokens with read in it, found ${found}, which other machines may reach, and no token`
    context.addIssue({ code: 'custom', path: ['listen'], message })
  })
