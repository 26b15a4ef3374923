// The directives of master files: $ORIGIN and $INCLUDE (RFC 1035 §5.1), $TTL (RFC 2308 §4), $GENERATE (BIND; in generate.ts).

import { didYouMean } from '../../base/suggest.ts'
import { parseName } from '../../wire/name.ts'
import { MAX_TTL, parseSeconds, showToken, type Token } from '../../wire/text.ts'
import { addError } from '../problem-list.ts'
import { readGenerate } from './generate.ts'
import type { ReadPiece } from './lexer.ts'
import { placeAtIndex, placeOfToken, type Reading, type Source } from './reading.ts'

const MAX_DEPTH = 10
/** Ten files that each include the next ten times would otherwise be 10^10 files. */
const MAX_INCLUDES = 10_000

const known = ['$ORIGIN', '$TTL', '$INCLUDE', '$GENERATE']

/** A file to go on with, before the next line of the one that includes it. */
interface Included {
  readonly source: Source
  readonly text: string | ReadPiece
}

export function readDirective(reading: Reading, source: Source, tokens: readonly Token[]): Included | undefined {
  const name = tokens[0]!.text.toUpperCase()
  const most = name === '$INCLUDE' ? 3 : 2
  if (name === '$GENERATE') readGenerate(reading, source, tokens)
  else if (!known.includes(name)) {
    const message = `expected $ORIGIN, $TTL, $INCLUDE or $GENERATE, found ${showToken(tokens[0])}`
    addError(reading.problems, placeOfToken(source, tokens[0]!), message, didYouMean(name, known))
  } else if (tokens.length > most) {
    const message = `expected the end of ${name}, found ${showToken(tokens[most])}`
    addError(reading.problems, placeOfToken(source, tokens[most]!), message)
  } else if (name === '$ORIGIN') readOrigin(reading, source, tokens)
  else if (name === '$TTL') readTtl(reading, source, tokens)
  else return readInclude(reading, source, tokens)
  return undefined
}

function readOrigin(reading: Reading, source: Source, tokens: readonly Token[]): void {
  const origin = readName(reading, source, tokens, 1)
  if (origin === undefined) return
  source.origin = origin
  source.ownerText = ''
}

function readTtl(reading: Reading, source: Source, tokens: readonly Token[]): void {
  const ttlSec = tokens[1] === undefined ? -1 : parseSeconds(tokens[1].text, MAX_TTL)
  if (ttlSec >= 0) {
    reading.defaultTtl = ttlSec
    return
  }
  const message = `expected a TTL such as 300 or 1h30m, found ${showToken(tokens[1])}`
  addError(reading.problems, placeAtIndex(source, tokens, 1), message)
}

function readInclude(reading: Reading, source: Source, tokens: readonly Token[]): Included | undefined {
  const refuse = (message: string): undefined => {
    addError(reading.problems, placeAtIndex(source, tokens, 1), message)
  }
  if (tokens[1] === undefined) return refuse('expected the path of a file, found the end of $INCLUDE')
  const origin = tokens[2] === undefined ? source.origin : readName(reading, source, tokens, 2)
  if (origin === undefined) return undefined
  const file = besideFile(source.file, tokens[1].text)
  const within = [...source.within, source.file]
  if (within.includes(file)) return refuse(`expected another file, found "${file}", which includes this one`)
  if (within.length > MAX_DEPTH) return refuse(`expected files included at most ${MAX_DEPTH} deep, found one more`)
  if (++reading.includes > MAX_INCLUDES) {
    // Said once: every further one would be the same mistake.
    return reading.includes > MAX_INCLUDES + 1
      ? undefined
      : refuse(`expected at most ${MAX_INCLUDES} files, found one more`)
  }
  const found = reading.readFile(file)
  if ('problem' in found) return refuse(`expected a readable file, found "${file}": ${found.problem}`)
  const ownerText = tokens[2] === undefined ? source.ownerText : ''
  return { source: { ...source, file, within, origin, ownerText }, text: found.text }
}

function readName(reading: Reading, source: Source, tokens: readonly Token[], at: number): Uint8Array | undefined {
  const token = tokens[at]
  const name = token === undefined || token.isQuoted ? showToken(token) : parseName(token.text, source.origin)
  if (typeof name !== 'string') return name
  addError(reading.problems, placeAtIndex(source, tokens, at), `expected a domain name, found ${name}`)
  return undefined
}

/** `path` as seen from the directory of `file`. */
function besideFile(file: string, path: string): string {
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) return path
  return file.slice(0, file.lastIndexOf('/') + 1) + (path.startsWith('./') ? path.slice(2) : path)
}
