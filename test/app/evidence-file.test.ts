// Evidence on the node's own disk: when it is written, how old it is when it is read, and what is left of it. Time is made up.

import { describe, expect, test } from 'vitest'
import { ageOf, EVIDENCE_FILE, openEvidenceFile, ownStandings } from '../../src/app/evidence-file.ts'
import { Failure } from '../../src/core/base/failure.ts'
import { observeEvidence, openBelief, verdicts } from '../../src/core/health/belief.ts'
import type { Moment } from '../../src/io/store/snapshot-encoding.ts'
import type { StateFolder } from '../../src/io/store/state-folder.ts'
import { evidence, rule, sighting } from '../core/health/sightings.ts'
import { keepLog } from '../io/store/samples.ts'

const wallMs = 1_700_000_000_000

function stage() {
  const clock = { ms: 0, wallMs, boot: 'b1' }
  const disk = { texts: new Map<string, string>(), writes: 0, isFull: false, setAside: [] as string[] }
  const folder: StateFolder = {
    path: 'state/ns1',
    read: (name) => disk.texts.get(name),
    async write(name, text) {
      disk.writes++
      if (disk.isFull) throw new Failure('state-unwritable', 'no space left')
      disk.texts.set(name, text)
    },
    setAside: (name) => {
      disk.setAside.push(name)
      disk.texts.delete(name)
    },
  }
  const open = (node = 'ns1') => {
    const log = keepLog()
    const belief = openBelief(rule(['eu'], 600_000))
    const turns = { count: 0 }
    /** What each look at the clock costs: what makes writing slow. */
    const pace = { ms: 0 }
    const file = openEvidenceFile({
      node,
      folder,
      log,
      now: () => (clock.ms += pace.ms),
      clock: (): Moment => ({ wallMs: clock.wallMs + clock.ms, boot: { id: clock.boot, ms: 50_000 + clock.ms } }),
      belief: () => belief,
      rows: () => [],
      turns: () => turns.count,
      checks: () => [['s', 'digest']],
    })
    const hear = (up: boolean): void => {
      observeEvidence(belief, evidence('eu-1', clock.ms, [sighting(up)]), clock.ms)
      verdicts(belief, clock.ms)
    }
    return { file, log, belief, turns, pace, hear }
  }
  return { clock, disk, open }
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('writing', () => {
  test('happens every ten seconds in calm', async () => {
    const { clock, disk, open } = stage()
    const { file, hear } = open()
    hear(true)
    for (let second = 0; second < 60; second++) {
      clock.ms += 1000
      file.tick()
      await settled()
    }
    expect(disk.writes).toBe(6)
    expect(file.state()).toEqual({ savedMs: 60_000, problem: undefined })
  })

  test('follows a verdict that has changed within a second, however many change, once', async () => {
    const { clock, disk, open } = stage()
    const { file, turns } = open()
    clock.ms += 3000
    turns.count = 700
    file.tick()
    await settled()
    expect(disk.writes).toBe(1)
    for (let i = 0; i < 5; i++) {
      clock.ms += 100
      turns.count++
      file.tick()
      await settled()
    }
    expect(disk.writes).toBe(1)
    clock.ms += 500
    file.tick()
    await settled()
    expect(disk.writes).toBe(2)
  })

  test('takes a twentieth of the time at most, in an outage as well', async () => {
    const { clock, disk, open } = stage()
    const { file, turns, pace, hear } = open()
    hear(true)
    clock.ms += 10_000
    pace.ms = 50
    turns.count++
    file.tick()
    await settled()
    pace.ms = 0
    expect(disk.writes).toBe(1)
    const beganMs = clock.ms
    while (disk.writes === 1) {
      clock.ms += 100
      turns.count++
      file.tick()
      await settled()
    }
    // Each of at least four pieces took 50 ms.
    expect(clock.ms - beganMs).toBeGreaterThan(20 * 4 * 50 - 1000)
  })

  test('that fails is told once, tried again, and told when it goes on', async () => {
    const { clock, disk, open } = stage()
    const { file, log } = open()
    disk.isFull = true
    for (let i = 0; i < 3; i++) {
      clock.ms += 10_000
      file.tick()
      await settled()
    }
    expect(file.state().problem).toBe('no space left')
    disk.isFull = false
    await file.save()
    expect(file.state().problem).toBeUndefined()
    expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'evidence cannot be kept on disk'],
      ['info', 'evidence is kept on disk again'],
    ])
  })
})

describe('reading', () => {
  const monthMs = 30 * 86_400_000
  const kept = async (change: (clock: { ms: number; wallMs: number; boot: string }) => void, atMostMs = 600_000) => {
    const { clock, open } = stage()
    const before = open()
    before.hear(false)
    await before.file.save()
    change(clock)
    const after = open()
    return { found: after.file.read(atMostMs), lines: after.log.lines.map(({ message }) => message) }
  }

  test.each<[string, number | undefined, (clock: { ms: number; wallMs: number; boot: string }) => void]>([
    ['a restart after half a minute', 30_000, (clock) => (clock.ms += 30_000)],
    ['a restart of the host, too', 30_000, (clock) => Object.assign(clock, { ms: 30_000, boot: 'b2' })],
    [
      'a clock set back by an hour, on a host that runs on',
      30_000,
      (clock) => Object.assign(clock, { ms: 30_000, wallMs: wallMs - 3_600_000 }),
    ],
    [
      'a clock that went back by a moment while the host restarted',
      0,
      (clock) => Object.assign(clock, { wallMs: wallMs - 500, boot: 'b2' }),
    ],
    ['a host that slept for two minutes', 120_000, (clock) => Object.assign(clock, { wallMs: wallMs + 120_000 })],
    [
      'a clock set back by an hour while the host restarted',
      undefined,
      (clock) => Object.assign(clock, { wallMs: wallMs - 3_600_000, boot: 'b2' }),
    ],
    ['a clock set forward by an hour', undefined, (clock) => Object.assign(clock, { wallMs: wallMs + 3_600_000 })],
    ['an hour', undefined, (clock) => (clock.ms += 3_600_000)],
    ['a month in which the host restarted', undefined, (clock) => Object.assign(clock, { ms: monthMs, boot: 'b2' })],
  ])('after %s: %s ms old', async (_, ageMs, change) => {
    const { found, lines } = await kept(change)
    expect(found?.ageMs).toBe(ageMs)
    if (ageMs === undefined) expect(lines).toEqual([expect.stringMatching(/^the evidence on disk is ignored: it is /)])
    else expect(lines).toEqual([])
  })

  test('the clock of a start of the host that goes backward tells nothing', () => {
    const then: Moment = { wallMs, boot: { id: 'b1', ms: 5000 } }
    expect(ageOf(then, { wallMs: wallMs + 10, boot: { id: 'b1', ms: 4000 } })).toBeUndefined()
    expect(ageOf(then, { wallMs: wallMs + 10, boot: undefined })).toBe(10)
  })

  test('nothing is there at first, and nobody is told', () => {
    const { open } = stage()
    const { file, log } = open()
    expect(file.read(600_000)).toBeUndefined()
    expect(log.lines).toEqual([])
  })

  test.each([
    ['garbage', 'x'],
    ['another version', '["evidence-snapshot/7","ns1",[1,null,null],0]\n'],
  ])('%s is set aside, said, and not believed', (_, text) => {
    const { disk, open } = stage()
    disk.texts.set(EVIDENCE_FILE, text)
    const { file, log } = open()
    expect(file.read(600_000)).toBeUndefined()
    expect(disk.setAside).toEqual([EVIDENCE_FILE])
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { code: 'state-garbled' } }])
  })

  test('that of another node is not believed', async () => {
    const { open } = stage()
    const other = open('ns2')
    await other.file.save()
    const { file, log } = open()
    expect(file.read(600_000)).toBeUndefined()
    expect(log.lines[0]!.message).toBe('the evidence on disk is ignored: it is of another node, ns2')
  })
})

test('the own prober goes on with what is checked as before, and with nothing else', async () => {
  const { clock, open } = stage()
  const { file, belief } = open('eu-1')
  observeEvidence(belief, evidence('eu-1', 3, [sighting(false), sighting(true, { subject: 'new' })], { epoch: 77 }), 0)
  await file.save()
  clock.ms += 5000
  const remembered = open('eu-1').file.read(600_000)!
  expect(
    ownStandings(remembered, [
      ['s', 'digest'],
      ['new', 'digest'],
    ]),
  ).toMatchObject({
    epoch: 77,
    ageMs: 5000,
    sightings: [{ subject: 's', up: false }],
  })
  expect(ownStandings(remembered, [['s', 'another digest']])?.sightings).toEqual([])
  expect(ownStandings({ ...remembered, snapshot: { ...remembered.snapshot, node: 'eu-9' } }, [])).toBeUndefined()
})
