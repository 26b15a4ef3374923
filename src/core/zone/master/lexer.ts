// Cutting a master file into entries, that is lines whose parentheses are closed, and those into tokens (RFC 1035 §5.1).
// One pass over character codes. A mistake never stops it: the entry is marked wrong and the next line starts afresh.

import type { Token } from '../../wire/text.ts'

export interface Lexer {
  readonly text: string
  at: number
  line: number
  /** Where the current line begins, to count columns from. */
  lineAt: number
  /** How often an unclosed parenthesis made us go back; bounded, as each time costs a pass over the rest. */
  returns: number
}

export interface Entry {
  tokens: Token[]
  /** The line begins with a blank: the owner is that of the entry before. */
  startsBlank: boolean
  /** The first thing wrong with the way it is written. */
  wrong: { readonly line: number; readonly col: number; readonly message: string } | undefined
}

interface Mark {
  readonly at: number
  readonly line: number
  readonly col: number
}

const TAB = 9
const NEWLINE = 10
const RETURN = 13
const SPACE = 32
const QUOTE = 34
const OPEN = 40
const CLOSE = 41
const SEMICOLON = 59
const EQUALS = 61
const BACKSLASH = 92
const BYTE_ORDER_MARK = 0xfeff

const MAX_RETURNS = 10

export function openLexer(text: string): Lexer {
  const at = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0
  return { text, at, line: 1, lineAt: at, returns: 0 }
}

/** Reads the next entry that has tokens into `entry`; false at the end of the text. */
export function nextEntry(lexer: Lexer, entry: Entry): boolean {
  const { text } = lexer
  entry.tokens = []
  entry.wrong = undefined
  entry.startsBlank = isBlank(text.charCodeAt(lexer.at))
  const open: Mark[] = []
  let resume: Mark | undefined
  while (lexer.at < text.length) {
    switch (text.charCodeAt(lexer.at)) {
      case SPACE:
      case TAB:
      case RETURN:
        lexer.at++
        break
      case NEWLINE:
        newLine(lexer)
        if (open.length > 0) {
          if (resume === undefined && startsRecord(lexer)) resume = markOf(lexer)
          break
        }
        if (entry.tokens.length > 0 || entry.wrong !== undefined) return true
        entry.startsBlank = isBlank(text.charCodeAt(lexer.at))
        break
      case SEMICOLON:
        lexer.at = endOfLine(lexer)
        break
      case OPEN:
        open.push(markOf(lexer))
        lexer.at++
        break
      case CLOSE:
        if (open.pop() === undefined) spoil(lexer, entry, lexer.at, 'expected a record, found ")" without "("')
        if (open.length === 0) resume = undefined
        lexer.at++
        break
      case QUOTE:
        readQuoted(lexer, entry)
        break
      default:
        readPlain(lexer, entry)
    }
  }
  if (open.length > 0) leaveUnclosed(lexer, entry, open[0]!, resume)
  return entry.tokens.length > 0 || entry.wrong !== undefined
}

function readQuoted(lexer: Lexer, entry: Entry): void {
  const { text } = lexer
  const from = lexer.at
  const end = endOfQuoted(text, from + 1)
  if (text.charCodeAt(end) !== QUOTE) spoil(lexer, entry, from, 'expected a closing quote, found the end of the line')
  entry.tokens.push({ text: text.slice(from + 1, end), isQuoted: true, line: lexer.line, col: from - lexer.lineAt + 1 })
  lexer.at = text.charCodeAt(end) === QUOTE ? end + 1 : end
}

/** Index of the closing quote, or of the end of the line. */
function endOfQuoted(text: string, from: number): number {
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE || code === NEWLINE) return at
    if (code === BACKSLASH && at + 1 < text.length && text.charCodeAt(at + 1) !== NEWLINE) at++
  }
  return at
}

function readPlain(lexer: Lexer, entry: Entry): void {
  const { text } = lexer
  const from = lexer.at
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > BACKSLASH || (code > EQUALS && code < BACKSLASH)) continue
    if (code === SPACE || code === TAB || code === NEWLINE || code === RETURN) break
    if (code === SEMICOLON || code === OPEN || code === CLOSE) break
    if (code === BACKSLASH) {
      if (at + 1 < text.length && text.charCodeAt(at + 1) !== NEWLINE) at++
    } else if (code === QUOTE) {
      // key="a b" is one token (RFC 9460 appendix A.1); elsewhere a quote starts the next one.
      if (text.charCodeAt(at - 1) !== EQUALS) break
      const openAt = at
      at = endOfQuoted(text, at + 1)
      if (text.charCodeAt(at) !== QUOTE) {
        spoil(lexer, entry, openAt, 'expected a closing quote, found the end of the line')
        break
      }
    }
  }
  entry.tokens.push({ text: text.slice(from, at), isQuoted: false, line: lexer.line, col: from - lexer.lineAt + 1 })
  lexer.at = at
}

/** Goes back to the first line that looks like the next record, so that one lost ")" does not hide the rest of the file. */
function leaveUnclosed(lexer: Lexer, entry: Entry, open: Mark, resume: Mark | undefined): void {
  entry.wrong = { line: open.line, col: open.col, message: 'expected ")", found the end of the file' }
  if (resume === undefined || lexer.returns === MAX_RETURNS) return
  lexer.returns++
  lexer.at = resume.at
  lexer.lineAt = resume.at
  lexer.line = resume.line
}

function startsRecord(lexer: Lexer): boolean {
  const code = lexer.text.charCodeAt(lexer.at)
  return code > SPACE && code !== CLOSE && code !== OPEN && code !== SEMICOLON && code !== QUOTE
}

function spoil(lexer: Lexer, entry: Entry, at: number, message: string): void {
  entry.wrong ??= { line: lexer.line, col: at - lexer.lineAt + 1, message }
}

function markOf(lexer: Lexer): Mark {
  return { at: lexer.at, line: lexer.line, col: lexer.at - lexer.lineAt + 1 }
}

function newLine(lexer: Lexer): void {
  lexer.at++
  lexer.line++
  lexer.lineAt = lexer.at
}

function endOfLine(lexer: Lexer): number {
  const end = lexer.text.indexOf('\n', lexer.at)
  return end < 0 ? lexer.text.length : end
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}
