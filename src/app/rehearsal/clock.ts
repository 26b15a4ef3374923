// Times of day and loads as a table and a chart show them.

/** `12:05`, or `12:05:30` where steps are shorter than a minute; left to itself, what the moment needs. */
export function printClock(sec: number, stepSec: number = sec): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const text = `${two(Math.floor(sec / 3600) % 24)}:${two(Math.floor(sec / 60) % 60)}`
  return stepSec % 60 === 0 ? text : `${text}:${two(sec % 60)}`
}

/** Up to four digits before a k, M, G; as many behind the point as make sense beside a load of `scale`. */
export function printLoad(load: number, scale: number = load): string {
  const units = ['', 'k', 'M', 'G', 'T']
  let value = load
  let unit = 0
  let size = Math.max(Math.abs(scale), Math.abs(load))
  while (Math.abs(value) >= 9999.5 && unit < units.length - 1) {
    value /= 1000
    size /= 1000
    unit++
  }
  const digits = size >= 1000 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2
  return `${value.toFixed(digits)}${units[unit]}`
}
