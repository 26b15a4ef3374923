// The evidence on disk as text: what was written is read, and nothing else.

import { expect, test } from 'vitest'
import type { KeptShown, KeptVerdict, KeptWitness } from '../../../src/core/health/memory.ts'
import { type EvidenceSnapshot, readSnapshot, writeHead, writeParts } from '../../../src/io/store/snapshot-encoding.ts'
import { evidence, sighting } from './samples.ts'

const shown: KeptShown = { state: 'down', sinceMs: 7000, found: 'up', foundMs: 5000 }
const first: KeptShown = { state: 'up', sinceMs: undefined, found: 'up', foundMs: undefined }
const verdict: KeptVerdict = {
  subject: 'example.com/web-up@192.0.2.10:80',
  state: 'down',
  sinceMs: 61_000,
  turnedMs: 62_000,
  beforeMs: undefined,
  freshForMs: -200,
  lastWords: [
    ['eu', 'down'],
    ['us', 'unknown'],
  ],
}
const ages = { heardMs: 300, changedMs: 61_000, flippedMs: undefined, isMass: false }
const witness: KeptWitness = {
  evidence: evidence('ams-1', { sightings: [sighting(), sighting({ subject: 'other', up: false })] }),
  heardAgeMs: 300,
  ages: [ages, { ...ages, flippedMs: 4, isMass: true }],
}
const snapshot: EvidenceSnapshot = {
  node: 'ns1',
  at: { wallMs: 1_700_000_000_000, boot: { id: 'b1', ms: 99_000 } },
  witnesses: [witness, { ...witness, evidence: evidence('fra-1', { sightings: [] }), ages: [] }],
  verdicts: [verdict, { ...verdict, subject: 's', state: 'unknown', freshForMs: undefined }],
  rows: [{ row: '["a"]', verdict: shown, regions: [['eu', first]] }],
  checks: [['s', '0123']],
}

function write(what: EvidenceSnapshot): string {
  const lines = [...writeParts(what)]
  return `${[writeHead(what.node, what.at, lines.length), ...lines].join('\n')}\n`
}

test('what was written is read again, exactly', () => {
  expect(readSnapshot(write(snapshot))).toEqual(snapshot)
  const empty = { ...snapshot, at: { wallMs: 5, boot: undefined }, witnesses: [], verdicts: [], rows: [], checks: [] }
  expect(readSnapshot(write(empty))).toEqual(empty)
})

test('thousands of subjects are written in pieces, and come back', () => {
  const verdicts = Array.from({ length: 9001 }, (_, i) => ({ ...verdict, subject: `s${i}` }))
  const pieces = [...writeParts({ ...snapshot, verdicts })]
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(300_000)
  expect(readSnapshot(write({ ...snapshot, verdicts }))?.verdicts).toEqual(verdicts)
})

const whole = write(snapshot)
const lines = whole.split('\n')
test.each([
  ['nothing', ''],
  ['no JSON', 'noise\n'],
  ['another version', whole.replace('evidence-snapshot/1', 'evidence-snapshot/2')],
  ['evidence of another version', whole.replace('"evidence/3"', '"evidence/2"')],
  ['a file that was cut off', whole.slice(0, -20)],
  ['one whose end is missing', `${lines.slice(0, -2).join('\n')}\n`],
  ['one with a line too many', `${whole}["checks",[]]\n`],
  ['ages of another prober', lines.toSpliced(2, 1, '["ages",1,[]]').join('\n')],
  ['a prober without ages', lines.toSpliced(2, 1, lines[1]!).join('\n')],
  ['a negative age', whole.replace('["ages",300', '["ages",-300')],
  ['a state that is none', whole.replace('"down",61000', '"sideways",61000')],
  ['a line of something else', lines.toSpliced(-2, 1, '["poem","o"]').join('\n')],
])('%s is no snapshot', (_, text) => {
  expect(text).not.toBe(whole)
  expect(readSnapshot(text)).toBeUndefined()
})

test('whatever is cut out of it or put into it, reading never throws', () => {
  let refused = 0
  for (let at = 0; at < whole.length; at += 3) {
    if (readSnapshot(whole.slice(0, at) + whole.slice(at + 2)) === undefined) refused++
    if (readSnapshot(`${whole.slice(0, at)}]"${whole.slice(at)}`) === undefined) refused++
  }
  expect(refused).toBeGreaterThan(whole.length / 3)
})
