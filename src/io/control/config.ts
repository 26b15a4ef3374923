// The setting `admin`.

import { z } from 'zod'
import { endpoint } from '../../core/base/schema.ts'

export const adminConfig = z.strictObject({
  // Loopback, because whoever reaches this may ask anything.
  listen: endpoint()
    .prefault('127.0.0.1:8053')
    .describe('address and port of the admin HTTP: metrics, status, explain'),
})
