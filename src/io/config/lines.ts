// Lines of a text file, one after another: a log may be larger than memory. Synchronous, because nothing else is going on in a
// command that reads one. `/dev/stdin` is a file too.

import { closeSync, openSync, readSync } from 'node:fs'
import { Failure } from '../../core/base/failure.ts'

const CHUNK = 1 << 18

/** Throws Failure `file-unreadable`, at the first line. */
export function* readLines(file: string): Generator<string> {
  const fd = attempt(file, () => openSync(file, 'r'))
  const chunk = new Uint8Array(CHUNK)
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const length = attempt(file, () => readSync(fd, chunk))
      if (length === 0) break
      const lines = (rest + decoder.decode(chunk.subarray(0, length), { stream: true })).split('\n')
      rest = lines.pop()!
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
    }
    rest += decoder.decode()
    if (rest !== '') yield rest
  } finally {
    closeSync(fd)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'no permission to read it',
  EISDIR: 'it is a directory',
}

function attempt<Value>(file: string, work: () => Value): Value {
  try {
    return work()
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new Failure('file-unreadable', `cannot read ${file}: ${reasons[code] ?? message}`, error)
  }
}
