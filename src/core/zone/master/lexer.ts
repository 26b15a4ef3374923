// Cutting a master file into entries, that is lines whose parentheses are closed, and those into tokens (RFC 1035 §5.1).
// One pass over character codes, piece by piece: a file may be larger than what should stand in memory. A mistake never stops it:
// the entry is marked wrong and the next line starts afresh.

import type { Token } from '../../wire/text.ts'

/**
 * The next piece of a text, of whole lines (only the last may lack its end); empty behind the last one. Or what was found instead,
 * which ends it.
 */
export type ReadPiece = () => string | { readonly problem: string }

export interface Lexer {
  /** The piece under way, and of those before it what may have to be read again. */
  text: string
  readonly readPiece: ReadPiece
  /** What has been dropped of the text before it. */
  before: number
  /** In `text`. */
  at: number
  line: number
  /** Where the current line begins, to count columns from; in `text`. */
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
  /** From the beginning of the whole text. */
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
/** What may stand between parentheses: four times what 65 535 bytes of rdata take as escapes, for comments. */
const MAX_OPEN = 1 << 20

const noMore: ReadPiece = () => ''

export function openLexer(from: string | ReadPiece): Lexer {
  if (typeof from === 'string') return { ...unread, text: from, readPiece: noMore, ...startOf(from) }
  return { ...unread, text: '', readPiece: from, at: 0, lineAt: 0 }
}

const unread = { line: 1, before: 0, returns: 0 }

function startOf(text: string): Pick<Lexer, 'at' | 'lineAt'> {
  const at = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0
  return { at, lineAt: at }
}

/** At the end of the text, goes on with the next piece, if there is one; keeps what `resume` may go back to. */
function readOn(lexer: Lexer, entry: Entry, resume: Mark | undefined): void {
  if (lexer.at < lexer.text.length) return
  const piece = lexer.readPiece()
  if (typeof piece !== 'string') return spoil(lexer, entry, lexer.at, piece.problem)
  if (piece === '') return
  const isFirst = lexer.text === ''
  const from = resume === undefined ? lexer.at : resume.at - lexer.before
  lexer.text = lexer.text.slice(from) + piece
  if (isFirst) return void Object.assign(lexer, startOf(piece))
  lexer.before += from
  lexer.at -= from
  lexer.lineAt -= from
}

/** Reads the next entry that has tokens into `entry`; false at the end of the text. */
export function nextEntry(lexer: Lexer, entry: Entry): boolean {
  entry.tokens = []
  entry.wrong = undefined
  readOn(lexer, entry, undefined)
  entry.startsBlank = isBlank(lexer.text.charCodeAt(lexer.at))
  const open: Mark[] = []
  let resume: Mark | undefined
  while (lexer.at < lexer.text.length) {
    switch (lexer.text.charCodeAt(lexer.at)) {
      case SPACE:
      case TAB:
      case RETURN:
        lexer.at++
        break
      case NEWLINE:
        newLine(lexer)
        if (open.length === 0 && (entry.tokens.length > 0 || entry.wrong !== undefined)) return true
        readOn(lexer, entry, resume)
        if (open.length === 0) entry.startsBlank = isBlank(lexer.text.charCodeAt(lexer.at))
        else if (lexer.before + lexer.at - open[0]!.at > MAX_OPEN) {
          leaveUnclosed(lexer, entry, open[0]!, resume, `none in ${MAX_OPEN} characters`)
          return true
        } else if (resume === undefined && startsRecord(lexer)) resume = markOf(lexer)
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
  if (open.length > 0) leaveUnclosed(lexer, entry, open[0]!, resume, 'the end of the file')
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
function leaveUnclosed(lexer: Lexer, entry: Entry, open: Mark, resume: Mark | undefined, found: string): void {
  entry.wrong = { line: open.line, col: open.col, message: `expected ")", found ${found}` }
  if (resume === undefined || lexer.returns === MAX_RETURNS) return
  lexer.returns++
  lexer.at = resume.at - lexer.before
  lexer.lineAt = lexer.at
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
  return { at: lexer.before + lexer.at, line: lexer.line, col: lexer.at - lexer.lineAt + 1 }
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
