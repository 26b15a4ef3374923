// What stands in a document, in plain words, for the second half of "expected …, found …".

const LONGEST = 60

/** `"heavy"`, `the number 1.2`, `true`, `a list`, `a map`, `nothing`. */
export function printFound(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return `the number ${printNumber(value)}`
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty map' : 'a map'
  return typeof value === 'boolean' ? String(value) : 'something odd'
}

// JSON's escapes keep a message on one line whatever the text holds.
function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text)
}

function printNumber(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? '.inf' : '-.inf'
}
