// argv → command. The only place that ends the process.

import { writeSync } from 'node:fs'
import { run } from './cli/index.ts'
import { Failure } from './core/base/failure.ts'

const print = {
  out: (text: string): void => writeLine(1, text),
  err: (text: string): void => writeLine(2, text),
  exit: (code: number): void => {
    process.exitCode = code
  },
}

/** Synchronous, so that nothing is lost when the process ends; a reader that has gone (`| head`) ends us in peace. */
function writeLine(fd: number, text: string): void {
  let left = Buffer.from(`${text}\n`)
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(fd, left))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') process.exit()
      if (code !== 'EAGAIN') throw error
    }
  }
}

try {
  await run(print, process.argv)
} catch (error) {
  if (!(error instanceof Failure)) throw error
  print.err(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
