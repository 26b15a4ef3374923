// How a master file is cut: entries, tokens, their places.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Entry, nextEntry, openLexer } from '../../../../src/core/zone/master/lexer.ts'

/** An entry as `token token`, quoted ones in quotes, a leading `_` for a leading blank, and what is wrong as `!line:col message`. */
function cut(text: string): string[] {
  const lexer = openLexer(text)
  const entry: Entry = { tokens: [], startsBlank: false, wrong: undefined }
  const entries: string[] = []
  while (nextEntry(lexer, entry)) {
    const tokens = entry.tokens.map((token) => (token.isQuoted ? `"${token.text}"` : token.text))
    const wrong = entry.wrong === undefined ? [] : [`!${entry.wrong.line}:${entry.wrong.col} ${entry.wrong.message}`]
    entries.push([...(entry.startsBlank ? ['_'] : []), ...tokens, ...wrong].join(' '))
  }
  return entries
}

const unclosed = 'expected ")", found the end of the file'
const endless = 'expected a closing quote, found the end of the line'

test.each<[string, string, string[]]>([
  ['nothing', '', []],
  ['blanks, comments and empty lines', ' \n\t;x\n;y\n\n', []],
  ['a line without its end', 'a b', ['a b']],
  ['lines', 'a b\nc\td\n', ['a b', 'c d']],
  ['CRLF', 'a b\r\nc "d"\r\n', ['a b', 'c "d"']],
  ['a byte order mark', '\ufeffa b', ['a b']],
  ['a leading blank', ' a\n\tb\nc', ['_ a', '_ b', 'c']],
  ['comments directly behind a word', 'a b;c\nd;', ['a b', 'd']],
  ['parentheses over lines', 'a ( b ; c )\n  d\n) e\nf', ['a b d e', 'f']],
  ['parentheses directly at words', 'a(b)c (\nd)\n', ['a b c d']],
  ['nested parentheses', 'a ((b)\n(c\n)) d\ne', ['a b c d', 'e']],
  ['a first line that is only a parenthesis', '(\na\n) b', ['a b']],
  ['quoted strings', 'a "b ; ( c" ""', ['a "b ; ( c" ""']],
  ['strings without a blank between them', '"a""b"c', ['"a" "b" c']],
  ['escapes, left as they are', 'a\\;b \\(c "d\\"e\\\\" f\\032g', ['a\\;b \\(c "d\\"e\\\\" f\\032g']],
  ['a value in quotes after "="', 'a k="b c;d" e', ['a k="b c;d" e']],
  ['a backslash before the end of a line', 'a\\\nb', ['a\\', 'b']],
  ['a closing parenthesis too many', 'a ) b\nc', ['a b !1:3 expected a record, found ")" without "("', 'c']],
  ['an unclosed quote', 'a "b\nc', [`a "b !1:3 ${endless}`.replace('"b', '"b"'), 'c']],
  ['an unclosed quote after "="', 'a k="b\nc', [`a k="b !1:5 ${endless}`, 'c']],
  ['an unclosed quote in parentheses', 'a ( "b\n c )\nd', [`a "b" c !1:5 ${endless}`, 'd']],
  [
    'an unclosed parenthesis, going on at the next record',
    'a ( b\n c\nd e\n f',
    [`a b c d e f !1:3 ${unclosed}`, 'd e', '_ f'],
  ],
  ['an unclosed parenthesis at the end', 'a\nb ( c', ['a', `b c !2:3 ${unclosed}`]],
])('%s', (_what, text, entries) => expect(cut(text)).toEqual(entries))

test('tokens know their line and column', () => {
  const lexer = openLexer('\n; x\n  a ( "b"\n c ) d')
  const entry: Entry = { tokens: [], startsBlank: false, wrong: undefined }
  expect(nextEntry(lexer, entry)).toBe(true)
  expect(entry.tokens.map(({ text, line, col }) => `${text} ${line}:${col}`)).toEqual([
    'a 3:3',
    'b 3:7',
    'c 4:2',
    'd 4:6',
  ])
})

test('a file of unclosed parentheses takes no time that grows with its square', () => {
  expect(cut('a ( b\n'.repeat(100_000)).length).toBeLessThan(20)
})

test('any text is cut to its end', () => {
  const text = fc.array(fc.constantFrom('a', ' ', '\n', '(', ')', '"', ';', '\\', '=', '\r', '0', '\t'), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(text, (pieces) => {
      for (const entry of cut(pieces.join(''))) expect(entry.length).toBeGreaterThan(0)
    }),
    { numRuns: 2000 },
  )
})
