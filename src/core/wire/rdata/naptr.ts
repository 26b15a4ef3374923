// NAPTR: a rule that makes the next name or URI out of this one (RFC 3403 §4), as telephone numbers and SIP use it.
// The expression is a string of a zone file like any other: each of its backslashes is written twice.

import { name, u16 } from '../field.ts'
import { charString } from '../field/string.ts'
import { defineType, type Objection } from '../rdata.ts'

export const NAPTR = defineType(
  'NAPTR',
  35,
  {
    order: u16(),
    preference: u16(),
    flags: charString(),
    services: charString(),
    regexp: charString(),
    replacement: name(),
  },
  checkRewriting,
)

interface Rewriting {
  readonly flags: Uint8Array
  readonly regexp: Uint8Array
  readonly replacement: Uint8Array
}

function checkRewriting({ flags, regexp, replacement }: Rewriting): Objection | undefined {
  const flagText = String.fromCharCode(...flags)
  if (!/^[A-Za-z0-9]*$/.test(flagText)) return { at: 'flags', expected: 'letters and digits', found: `"${flagText}"` }
  if (regexp.length === 0) return undefined
  const text = String.fromCharCode(...regexp)
  if (!isSubstitution(text)) {
    return { at: 'regexp', expected: 'a substitution such as !^.*$!sip:info@example.com!', found: `"${text}"` }
  }
  // §4.1: one or the other.
  return replacement.length === 1
    ? undefined
    : { at: 'replacement', expected: '"." beside an expression', found: 'a name as well' }
}

/** A delimiter three times, with the pattern and what replaces it between, and `i` or nothing behind (RFC 3402 §3.2). */
function isSubstitution(text: string): boolean {
  const delimiter = text[0]!
  if (/[0-9i\\]/.test(delimiter)) return false
  const parts: number[] = []
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === delimiter) parts.push(i)
  }
  const [, middle = 0, last = 0] = parts
  return parts.length === 3 && middle > 1 && ['', 'i'].includes(text.slice(last + 1))
}
