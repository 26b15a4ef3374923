// A field that repeats to the end of the rdata.

import type { Field } from '../field.ts'

/** `atLeast` 1 asks for one even where nothing is left. */
export function listOf<Value>(one: Field<Value>, expects: string, atLeast: 0 | 1): Field<readonly Value[]> {
  return {
    expects,
    isName: false,
    nameOffsets(values) {
      if (!one.isName) return []
      let next = 0
      return values.map((value) => {
        next += one.size(value)
        return next - one.size(value)
      })
    },
    parse(from, origin) {
      const values: Value[] = []
      while (from.at < from.tokens.length || values.length < atLeast) {
        const value = one.parse(from, origin)
        if (typeof value === 'string') return value
        values.push(value)
      }
      return values
    },
    print: (values) => values.map((value) => one.print(value)).join(' '),
    read(from) {
      const values: Value[] = []
      while (from.at < from.bytes.length || values.length < atLeast) {
        const value = one.read(from)
        if (value === undefined) return undefined
        values.push(value)
      }
      return values
    },
    size: (values) => values.reduce((sum, value) => sum + one.size(value), 0),
    write(values, out, at) {
      let next = at
      for (const value of values) {
        one.write(value, out, next)
        next += one.size(value)
      }
    },
  }
}
