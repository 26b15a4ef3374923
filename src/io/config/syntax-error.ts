// yaml's syntax errors in the words of our own: what was expected, what was found. Where yaml's words do, they stay.

import type { YAMLError } from 'yaml'

export const TOO_DEEP = 'expected a document, found lists or maps nested too deeply'

export function printSyntaxError(error: YAMLError, source: string): string {
  const said = error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '')
  return ours(error, said, source) ?? said.charAt(0).toLowerCase() + said.slice(1)
}

function ours(error: YAMLError, said: string, source: string): string | undefined {
  const found = source[error.pos[0]]
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'expected spaces as indentation, found a tab'
    case 'MULTIPLE_DOCS':
      return 'expected one document, found the start of a second (a line of "---")'
    case 'BLOCK_AS_IMPLICIT_KEY':
      return said.startsWith('Nested')
        ? 'expected one "key: value" on a line, found a second ": " (quote a text that has one, and indent all keys of a map alike)'
        : undefined
    case 'NON_STRING_KEY':
      return `expected text as a key, found ${found === '*' ? 'an alias' : 'a list or a map'}`
    case 'BAD_SCALAR_START':
      return `expected a value, found "${found}" (quote a text that starts with it)`
    case 'TAG_RESOLVE_FAILED':
      return said.startsWith('Unresolved tag')
        ? 'expected a value without a tag, found one that is not known (quote it)'
        : undefined
    case 'MISSING_CHAR':
      if (said.startsWith('Implicit')) return 'expected ": " after a key, found the end of the line'
      return /^Missing closing ["']quote/.test(said) ? `expected a closing ${said[16]}, found none` : undefined
    case 'MULTILINE_IMPLICIT_KEY':
      return 'expected ": " after a key, found the end of the line'
    case 'BAD_INDENT':
      if (said.startsWith('All')) return 'expected the same indentation as the keys or items before, found another'
      return /must be sufficiently indented and end with a ([\]}])/.test(said)
        ? `expected "${said.at(-1)}", found the end of what is indented enough to be inside`
        : undefined
    default: // yaml turns an overflow of its stack into an error of the document's
      return said.includes('call stack') ? TOO_DEEP : undefined
  }
}
