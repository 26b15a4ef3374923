// Who hangs and who only waits, in looks of 100 ms: what a thread counted, and what the system says of it.

import { describe, expect, test } from 'vitest'
import { isHung, openPulse, readThread, type ThreadState } from '../../src/app/pulse.ts'

interface Look {
  readonly beats?: boolean
  readonly afterMs?: number
  readonly state?: string
  /** Processor time since the look before. */
  readonly ranMs?: number
}

/** After how many ms of looking it was found to hang; undefined where it never was. */
function foundAfter(looks: readonly Look[]): number | undefined {
  const pulse = openPulse()
  let beat = 1
  let cpuMs = 1000
  let nowMs = 0
  isHung(pulse, beat, 100, () => undefined)
  for (const { beats = false, afterMs = 100, state = 'S', ranMs = 0 } of looks) {
    if (beats) beat++
    cpuMs += ranMs
    nowMs += afterMs
    const thread = (): ThreadState | undefined => (state === '' ? undefined : { state, cpuMs })
    if (isHung(pulse, beat, afterMs, thread)) return nowMs
  }
  return undefined
}

const looks = (count: number, look: Look): Look[] => Array.from({ length: count }, () => look)

describe('hangs', () => {
  test.each<[string, readonly Look[], number]>([
    ['asleep in a call that never ends', looks(20, { state: 'S' }), 400],
    ['turning in a loop', looks(20, { state: 'R', ranMs: 100 }), 400],
    ['turning with a quarter of a processor', looks(40, { state: 'R', ranMs: 25 }), 1100],
    ['where the system says nothing', looks(40, { state: '' }), 2000],
    ['in a call that cannot be interrupted', looks(150, { state: 'D' }), 10_000],
    ['after a busy life', [...looks(50, { beats: true, state: 'R', ranMs: 90 }), ...looks(9, {})], 5400],
  ])('%s', (_, seen, ms) => expect(foundAfter(seen)).toBe(ms))
})

describe('lives', () => {
  test.each<[string, readonly Look[]]>([
    ['waiting for packets', looks(1000, { beats: true, state: 'S' })],
    ['a collection of garbage', [...looks(3, { state: 'R', ranMs: 90 }), { beats: true }, ...looks(3, { ranMs: 90 })]],
    ['a thread that is not let run', looks(99, { state: 'R', ranMs: 0 })],
    [
      'one that gets a tenth of a processor, and takes a turn in two seconds',
      [...looks(19, { state: 'R', ranMs: 10 }), { beats: true }, ...looks(19, { state: 'R', ranMs: 10 })],
    ],
    ['a machine that slept for an hour', [{}, { afterMs: 3_600_000 }, { beats: true }, ...looks(3, {})]],
    ['a process that was stopped again and again', looks(40, { beats: true, afterMs: 30_000 })],
    ['a thread that a debugger holds', looks(1000, { state: 't' })],
  ])('%s', (_, seen) => expect(foundAfter(seen)).toBeUndefined())
})

test.runIf(process.platform === 'linux')('the system tells of this thread, and of none that is not there', () => {
  expect(readThread(process.pid)).toMatchObject({ state: expect.stringMatching(/^[RS]$/) })
  expect(readThread(process.pid)!.cpuMs).toBeGreaterThan(10)
  expect(readThread(0)).toBeUndefined()
  expect(readThread(2 ** 30)).toBeUndefined()
})
