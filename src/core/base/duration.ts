// Durations as operators write them: "30s", "1h30m", "500ms", "2d", "1w". A bare number has no unit and is refused by the
// configuration; master files, where RFC 1035 says seconds, parse their TTLs elsewhere.

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Milliseconds, or undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/.test(text)) return undefined
  let total = 0
  for (const [, digits, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d|w)/g))
    total += Number(digits) * unitMs[unit!]!
  return Math.round(total)
}

/** The shortest exact form: 90000 → "1m30s". */
export function printDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  let left = Math.round(ms)
  let text = ''
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const) {
    const count = Math.floor(left / size)
    if (count > 0) text += `${count}${unit}`
    left -= count * size
  }
  return text
}
