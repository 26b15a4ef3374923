// Planted modules: what the tests of the rules hand to a rule to see it fail.

import { type Module, readModule } from './module.ts'
import { printViolation, type Rule } from './rules.ts'

/** A module that says what it is and then this. */
export function plant(path: string, ...lines: readonly string[]): Module {
  return readModule(path, ['// Planted.', ...lines, ''].join('\n'))
}

/** What a rule says about some modules, one line each. */
export function verdict(rule: Rule, ...modules: readonly Module[]): string[] {
  return rule(modules).map(printViolation)
}
