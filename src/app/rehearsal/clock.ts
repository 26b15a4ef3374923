// Times of day and loads as a table and a chart show them.

/** `12:05`, or `12:05:30` where steps are shorter than a minute; left to itself, what the moment needs. */
export function printClock(sec: number, stepSec: number = sec): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const text = `${two(Math.floor(sec / 3600) % 24)}:${two(Math.floor(sec / 60) % 60)}`
  return stepSec % 60 === 0 ? text : `${text}:${two(sec % 60)}`
}

/** `1 234` is hard to read in a column beside shares: three digits that count, with k, M, G. */
export function printLoad(load: number): string {
  const units = ['', 'k', 'M', 'G', 'T']
  let value = load
  let unit = 0
  while (Math.abs(value) >= 9999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return `${value.toFixed(digits)}${units[unit]}`
}
