// Where something stands, as operators write it: a country, or coordinates.

import { z } from 'zod'
import { countries } from './country.ts'
import { unitVector, type Vector } from './distance.ts'

export const positionConfig = z
  .union([
    z.strictObject({ country: z.string().regex(/^[A-Z]{2}$/, 'expected a country code such as IE') }),
    z.strictObject({ lat: z.number().min(-90).max(90), lon: z.number().min(-180).max(180) }),
  ])
  .meta({ description: 'where it stands: a country, or coordinates in degrees' })

export type PositionConfig = z.infer<typeof positionConfig>

/** Undefined for a country that there is not. */
export function positionOf(at: PositionConfig): Vector | undefined {
  const where = 'lat' in at ? at : countries.get(at.country)
  return where && unitVector(where.lat, where.lon)
}
