// Writing a file that the operator asked for, such as a chart.

import { writeFileSync } from 'node:fs'
import { Failure } from '../../core/base/failure.ts'

/** Throws Failure `file-unwritable`. */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new Failure('file-unwritable', `cannot write ${file}: ${(error as Error).message}`, error)
  }
}
