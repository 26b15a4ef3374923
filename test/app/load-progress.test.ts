// How far a load is: said to those who wait long, and not too often.

import { expect, test } from 'vitest'
import { type LoadProgress, openProgress, printProgress } from '../../src/app/load-progress.ts'
import { openReading, say } from '../../src/app/reading.ts'
import { openRecords } from '../../src/core/zone/records.ts'

const at = (records: number): LoadProgress => ({ zones: 0, records, step: 'zones/a.zone: 1 of 2 MB', level: 'info' })

test('nothing in the first second, then a line now and then', () => {
  const clock = { nowMs: 0 }
  const told: number[] = []
  const progress = openProgress(
    ({ records }) => void told.push(records),
    () => clock.nowMs,
  )
  for (; clock.nowMs < 6000; clock.nowMs += 100) progress(at(clock.nowMs))
  expect(told).toEqual([1000, 3000, 5000])
})

test('a line says what is read, and what there is so far', () => {
  expect(printProgress(at(410_000))).toBe('zones/a.zone: 1 of 2 MB; 0 zones and 410000 records so far')
  expect(printProgress({ ...at(1), zones: 1 })).toBe('zones/a.zone: 1 of 2 MB; 1 zone and 1 records so far')
})

test('records of zones that are done count with those of the one that is read', () => {
  const told: LoadProgress[] = []
  const reading = openReading((progress) => void told.push(progress))
  Object.assign(reading.done, { zones: 2, records: 10, level: 'warn' })
  say(reading, { ...openRecords(), count: 3 }, 'a step')
  expect(told).toEqual([{ zones: 2, records: 13, step: 'a step', level: 'warn' }])
})
