import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Evidence, Sighting } from '../../../src/core/health/evidence.ts'
import { MAX_ENCODED, MAX_REASON, readEvidence, writeEvidence } from '../../../src/io/store/encoding.ts'
import { evidence, sighting } from './samples.ts'

const ms = fc.double({ min: 0, max: 1e12, noNaN: true }).map((value) => value + 0) // JSON has no -0
const some = fc.option(ms, { nil: undefined })
const text = (maxLength: number) =>
  fc.string({ unit: 'binary', minLength: 1, maxLength }).filter((value) => value.length <= maxLength)
const anySighting: fc.Arbitrary<Sighting> = fc
  .record({
    subject: text(600),
    up: fc.constantFrom(true, false, undefined),
    streak: fc.integer(),
    forMs: ms,
    hasTurned: fc.boolean(),
    heldMs: some,
    everyMs: fc.double({ min: 1, max: 86_400_000, noNaN: true }),
    dueMs: fc.double({ min: -86_400_000, max: 86_400_000, noNaN: true }).map((value) => value + 0),
    latencyMs: some,
    timings: fc.option(fc.record({ connectMs: some, tlsMs: some, firstByteMs: some, totalMs: ms }), { nil: undefined }),
    load: fc.option(fc.nat(100_000), { nil: undefined }),
    certDays: fc.option(fc.integer({ min: -36_500, max: 3_650_000 }), { nil: undefined }),
    reason: fc.string({ unit: 'binary', maxLength: MAX_REASON }).filter((value) => value.length <= MAX_REASON),
  })
  .map((seen) => ({ ...seen, hasTurned: seen.hasTurned && seen.up !== undefined }))
const anyEvidence: fc.Arbitrary<Evidence> = fc.record({
  prober: text(255),
  region: text(255),
  epoch: fc.maxSafeNat(),
  sequence: fc.maxSafeNat(),
  sightings: fc.array(anySighting, { maxLength: 8 }),
})

test('any evidence comes back exactly', () => {
  fc.assert(
    fc.property(anyEvidence, (sent) => {
      expect(readEvidence(writeEvidence(sent)!)).toEqual(sent)
    }),
  )
})

test('a long reason is cut, and costs nothing else', () => {
  const long = evidence('ams-1', { sightings: [sighting({ reason: 'x'.repeat(5000) })] })
  expect(readEvidence(writeEvidence(long)!)).toEqual(
    evidence('ams-1', { sightings: [sighting({ reason: 'x'.repeat(MAX_REASON) })] }),
  )
})

test('a probe that has been overdue for weeks does not make the evidence garbled', () => {
  const week = 7 * 86_400_000
  const late = evidence('ams-1', { sightings: [sighting({ dueMs: -3 * week }), sighting({ dueMs: 2 * week })] })
  expect(readEvidence(writeEvidence(late)!)?.sightings.map(({ dueMs }) => dueMs)).toEqual([-week, week])
})

const tag = 'evidence/3'
const good = ['s', 1, 1, 0, 1000, 900, 1.5, [1.5, null, 2, 2.1], 120, -3, 'ok', 61_000]

/** The same by a general validator: slow, and hard to get wrong. */
const oracle = (() => {
  const ms = z.number().min(0)
  const some = ms.nullable()
  const most = 7 * 86_400_000
  const name = z.string().min(1).max(255)
  const seen = z.tuple([
    z.string().min(1).max(600),
    z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.null()]),
    z.int(),
    ms,
    z.number().positive().max(most),
    z.number().min(-most).max(most),
    some,
    z.tuple([some, some, some, ms]).nullable(),
    z.int().min(0).max(100_000).nullable(),
    z.int().min(-36_500).max(3_650_000).nullable(),
    z.string().max(MAX_REASON),
    some,
  ])
  return z.tuple([z.literal('evidence/3'), name, name, z.int().min(0), z.int().min(0), z.array(seen)])
})()

test('a value that was replaced is refused exactly where a general validator refuses it', () => {
  const whole: unknown[] = [
    'evidence/3',
    'a',
    'eu',
    1,
    1,
    [good, ['s', null, 0, 0, 1000, 0, null, null, null, null, '', null]],
  ]
  const odd = fc.oneof(
    fc.constantFrom(
      null,
      true,
      '',
      'x'.repeat(256),
      'x'.repeat(601),
      -1,
      0,
      1,
      2,
      3,
      4,
      0.5,
      1e308,
      2 ** 53,
      -(2 ** 53),
    ),
    fc.constantFrom(
      [],
      {},
      [1, 2, 3, 4],
      [null, null, null, 1],
      [null, null, null, null],
      604_800_001,
      100_001,
      -36_501,
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.jsonValue({ maxDepth: 2 }),
  )
  let refused = 0
  fc.assert(
    fc.property(fc.nat(28), odd, fc.constantFrom('replace', 'insert', 'delete'), (at, value, how) => {
      const put = (list: readonly unknown[], i: number): unknown[] =>
        list.toSpliced(i, how === 'insert' ? 0 : 1, ...(how === 'delete' ? [] : [value]))
      const sightings = whole[5] as unknown[][]
      const changed =
        at < 6
          ? put(whole, at)
          : at < 18
            ? whole.with(5, [put(sightings[0]!, at - 6), sightings[1]])
            : at < 22
              ? whole.with(5, [sightings[0]!.with(7, put(sightings[0]![7] as unknown[], at - 18))])
              : whole.with(5, [sightings[0], put(sightings[1]!, at - 22)])
      const text = JSON.stringify(changed)
      const isRight = oracle.safeParse(JSON.parse(text)).success
      if (!isRight) refused++
      expect(readEvidence(text) !== undefined).toBe(isRight)
    }),
    { numRuns: 5000 },
  )
  expect(refused).toBeGreaterThan(1000)
})

test('text that was tampered with never throws: it is evidence that can be written again, or none', () => {
  const bytes = new TextEncoder().encode(
    writeEvidence(evidence('ams-1', { sightings: [sighting(), sighting({ up: undefined })] })),
  )
  const edit = fc.record({ at: fc.nat(bytes.length), cut: fc.nat(4), put: fc.uint8Array({ maxLength: 4 }) })
  let refused = 0
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let mutated = [...bytes]
      for (const { at, cut, put } of edits) mutated = mutated.toSpliced(at, cut, ...put)
      const found = readEvidence(new TextDecoder().decode(new Uint8Array(mutated)))
      if (found === undefined) refused++
      else expect(readEvidence(writeEvidence(found)!)).toEqual(found)
    }),
    { numRuns: 3000 },
  )
  expect(refused).toBeGreaterThan(1000)
})

test('any JSON is read without a throw', () => {
  fc.assert(
    fc.property(fc.json(), (json) => void readEvidence(json)),
    { numRuns: 1000 },
  )
})

test.each([
  ['nothing', ''],
  ['no JSON', 'evidence'],
  ['an object', '{}'],
  ['null', 'null'],
  ['another version', JSON.stringify(['evidence/4', 'a', 'eu', 1, 1, []])],
  ['the version before', JSON.stringify(['evidence/2', 'a', 'eu', 1, 1, [good.slice(0, 11)]])],
  ['a missing field', JSON.stringify([tag, 'a', 'eu', 1, []])],
  ['one field too many', JSON.stringify([tag, 'a', 'eu', 1, 1, [], 0])],
  ['a prober without a name', JSON.stringify([tag, '', 'eu', 1, 1, []])],
  ['a negative epoch', JSON.stringify([tag, 'a', 'eu', -1, 1, []])],
  ['a sequence beyond what counts exactly', `["${tag}","a","eu",1,9007199254740993,[]]`],
  ['a sighting with a field too many', JSON.stringify([tag, 'a', 'eu', 1, 1, [[...good, 0]]])],
  ['an up that is text', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(1, 'true')]])],
  ['an up of 4', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(1, 4)]])],
  ['a negative age', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(3, -1)]])],
  ['an infinite age', `["${tag}","a","eu",1,1,[["s",1,1,1e999,1000,1,null,null,null,null,"ok"]]]`],
  ['a due time of a month', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(5, 30 * 86_400_000)]])],
  ['a negative latency', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(6, -1)]])],
  ['timings without a total', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(7, [1, 2, 3, null])]])],
  ['timings with one too many', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(7, [1, 2, 3, 4, 5])]])],
  ['a negative load', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(8, -1)]])],
  ['a broken load', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(8, 1.5)]])],
  ['a certificate for ever', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(9, 1e9)]])],
  ['an interval of nothing', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(4, 0)]])],
  ['an interval of a month', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(4, 30 * 86_400_000)]])],
  ['a reason without end', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(10, 'x'.repeat(MAX_REASON + 1))]])],
  ['a sighting with a field too few', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.slice(0, 11)]])],
  ['a state that was held for less than nothing', JSON.stringify([tag, 'a', 'eu', 1, 1, [good.with(11, -1)]])],
  ['too much text', JSON.stringify([tag, 'a', 'eu', 1, 1, []]) + ' '.repeat(MAX_ENCODED)],
])('%s is no evidence', (_, text) => {
  expect(readEvidence(JSON.stringify([tag, 'a', 'eu', 1, 1, [good]]))).toBeDefined()
  expect(readEvidence(text)).toBeUndefined()
})
