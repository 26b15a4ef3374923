// A text file in pieces of whole lines: a zone of a million records is read without ever standing in memory as a whole.
// A file that is no larger than a piece is read at once, so that most mistakes show before anything was made of it.

import { createHash, type Hash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Problem } from '../../core/base/problem.ts'
import { BEING_WRITTEN, stateOf } from './bytes.ts'
import { reasonOf, type Reference, unreadable, wholeFile } from './files.ts'

const PIECE = 1 << 20
/** A longer line is none: something else was named. */
const MAX_LINE = 1 << 24

const NEWLINE = 10

export interface Pieces {
  /** Whole lines, of which only the last may lack its end; empty behind the last. What was found instead ends it. */
  read(): string | { readonly problem: string }
  /** In hexadecimal, once it has been read. */
  hash(): string
}

export interface PiecesOptions {
  /** Where the file is named. */
  readonly from?: Reference
  /** After each piece. `of` is what the file has, 0 for a pipe. */
  readonly onRead?: ((bytes: number, of: number) => void) | undefined
}

interface Open {
  readonly descriptor: number
  readonly decoder: TextDecoder
  readonly digest: Hash
  /** What the file was like before; a pipe is written to all the time. */
  readonly state: string | undefined
  readonly size: number
  readonly onRead: PiecesOptions['onRead']
  buffer: Uint8Array
  /** Bytes at the beginning of the buffer that are in no piece yet. */
  held: number
  total: number
  isOpen: boolean
}

export function openPieces(
  file: string,
  { from = wholeFile(file), onRead }: PiecesOptions = {},
): { readonly pieces: Pieces; readonly problem?: never } | { readonly problem: Problem; readonly pieces?: never } {
  let open: Open | undefined
  try {
    open = openFile(file, onRead)
    const first = readPiece(open)
    const { digest } = open
    return { pieces: { read: readerOf(open, first), hash: () => digest.digest('hex') } }
  } catch (error) {
    if (open) close(open)
    return { problem: unreadable(error, file, 'a file', from) }
  }
}

function readerOf(open: Open, first: string): Pieces['read'] {
  let ready: string | undefined = first
  return () => {
    try {
      return ready ?? readPiece(open)
    } catch (error) {
      close(open)
      return { problem: `expected more lines, found ${reasonOf(error)}` }
    } finally {
      ready = undefined
    }
  }
}

function openFile(file: string, onRead: PiecesOptions['onRead']): Open {
  const descriptor = openSync(file, 'r')
  const stat = fstatSync(descriptor)
  const { size } = stat
  return {
    descriptor,
    decoder: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
    digest: createHash('sha256'),
    state: stat.isFile() ? stateOf(descriptor) : undefined,
    size,
    onRead,
    // One more than it has, so that the first read comes to its end.
    buffer: new Uint8Array(size > 0 ? Math.min(PIECE, size + 1) : PIECE),
    held: 0,
    total: 0,
    isOpen: true,
  }
}

function close(open: Open): void {
  if (open.isOpen) closeSync(open.descriptor)
  open.isOpen = false
}

/** Throws what went wrong. */
function readPiece(open: Open): string {
  while (open.isOpen) {
    if (open.held === open.buffer.length) enlarge(open)
    const got = readSync(open.descriptor, open.buffer, open.held, open.buffer.length - open.held, null)
    open.digest.update(open.buffer.subarray(open.held, open.held + got))
    open.held += got
    open.total += got
    const isLast = got === 0
    const end = isLast ? open.held : open.buffer.lastIndexOf(NEWLINE, open.held - 1) + 1
    if (isLast) {
      // Half of an old file and half of a new one may look whole.
      if (open.state !== undefined && stateOf(open.descriptor) !== open.state) throw new Error(BEING_WRITTEN)
      close(open)
    } else if (open.held < open.buffer.length || end === 0) continue
    const piece = open.decoder.decode(open.buffer.subarray(0, end))
    open.buffer.copyWithin(0, end, open.held)
    open.held -= end
    open.onRead?.(open.total, open.size)
    return piece
  }
  return ''
}

function enlarge(open: Open): void {
  if (open.held >= MAX_LINE) throw new Error(`a line of more than ${MAX_LINE} bytes`)
  const larger = new Uint8Array(open.buffer.length * 2)
  larger.set(open.buffer)
  open.buffer = larger
}
