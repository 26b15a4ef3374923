// What a database's record says about a client, whatever its shape: flat ones (country_code, state1, latitude) as of
// ip-location-db and IPinfo, nested ones (country.iso_code, location.latitude) as of GeoIP2, GeoLite2 and DB-IP.

export interface GeoRecord {
  /** Two capital letters; empty where unknown, as are the other texts. */
  readonly country: string
  readonly continent: string
  /** With its country: `CA-QC`; where the database has names instead of codes, `CA-Quebec`. */
  readonly subdivision: string
  /** 0 where unknown. */
  readonly asn: number
  readonly at: { readonly lat: number; readonly lon: number } | undefined
}

export const nothingKnown: GeoRecord = { country: '', continent: '', subdivision: '', asn: 0, at: undefined }

export function isNothing(record: GeoRecord): boolean {
  return record.country === '' && record.continent === '' && record.asn === 0 && record.at === undefined
}

/** Takes what it understands out of a decoded record; anything else is unknown, never an error. */
export function readRecord(decoded: unknown): GeoRecord {
  const flat = fields(decoded)
  const country = countryOf(flat)
  // GeoIP's two codes for "somewhere on this continent" are no countries.
  const wide = country === 'EU' ? 'EU' : country === 'AP' ? 'AS' : ''
  const continent =
    letters(flat['continent_code']) || letters(flat['continent']) || letters(fields(flat['continent'])['code'])
  if (wide !== '') return { country: '', continent: wide, subdivision: '', asn: asnOf(flat), at: undefined }
  return { country, continent, subdivision: subdivisionOf(flat, country), asn: asnOf(flat), at: coordinatesOf(flat) }
}

type Fields = Readonly<Record<string, unknown>>

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** Two letters in capitals, or nothing. */
function letters(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z]{2}$/.test(value) ? value.toUpperCase() : ''
}

function countryOf(flat: Fields): string {
  const code = letters(flat['country_code']) || letters(flat['country']) || letters(fields(flat['country'])['iso_code'])
  return code === 'ZZ' || code === 'XX' ? '' : code // both stand for "unknown"
}

function subdivisionOf(flat: Fields, country: string): string {
  if (country === '') return ''
  const subdivisions = flat['subdivisions']
  const nested = Array.isArray(subdivisions) ? fields(subdivisions[0])['iso_code'] : undefined
  const text = [flat['region_code'], flat['state1'], nested].find((value) => typeof value === 'string' && value !== '')
  if (typeof text !== 'string') return ''
  return text.startsWith(`${country}-`) ? text : `${country}-${text}`
}

function asnOf(flat: Fields): number {
  const value = flat['autonomous_system_number'] ?? flat['asn']
  const number = typeof value === 'string' ? Number(value.replace(/^AS/i, '')) : value
  return typeof number === 'number' && Number.isInteger(number) && number > 0 && number <= 0xffffffff ? number : 0
}

function coordinatesOf(flat: Fields): GeoRecord['at'] {
  const location = fields(flat['location'])
  const lat = degrees(flat['latitude'] ?? location['latitude'], 90)
  const lon = degrees(flat['longitude'] ?? location['longitude'], 180)
  if (lat === undefined || lon === undefined) return undefined
  return lat === 0 && lon === 0 ? undefined : { lat, lon } // some databases write 0,0 for "unknown"
}

function degrees(value: unknown, limit: number): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Math.abs(number) <= limit ? number : undefined
}
