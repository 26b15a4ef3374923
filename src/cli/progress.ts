// How far a long piece of work is, on standard error: nothing in the first second, then a line now and then.

import type { Print } from './print.ts'

const FIRST_MS = 1000
const EVERY_MS = 2000

/** `of` is undefined where nobody knows how much there is. */
export function openProgress(
  print: Print,
  what: string,
  now: () => number = () => performance.now(),
): (done: number, of?: number) => void {
  let next = now() + FIRST_MS
  return (done, of) => {
    if (now() < next) return
    next = now() + EVERY_MS
    print.err(of === undefined ? `${done} ${what} …` : `${done} of ${of} ${what} …`)
  }
}
