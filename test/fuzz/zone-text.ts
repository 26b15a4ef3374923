// Damaged zone texts: whatever stands in a file, reading it ends, throws nothing, and what was read without a mistake can be
// checked, compiled, printed, and read back as it was.

import { isError } from '../../src/core/base/problem.ts'
import { parseName } from '../../src/core/wire/name.ts'
import { checkZone } from '../../src/core/zone/check/check.ts'
import { bindZone, compileZone } from '../../src/core/zone/image.ts'
import { parseMaster } from '../../src/core/zone/master/parse.ts'
import { printMaster } from '../../src/core/zone/master/print.ts'
import { openRecords, ownerOf, rdataOf, type Records, ttlOf, typeOf } from '../../src/core/zone/records.ts'
import { samples } from '../contract/rdata-samples.ts'
import { openNumbers } from '../support/chance.ts'

const apex = parseName('example.com.') as Uint8Array

const head =
  '$ORIGIN example.com.\n$TTL 1h\n@ IN SOA ns1 host ( 1 1h ; refresh\n 15m 2w 30 )\n@ NS ns1\nns1 A 192.0.2.53\n'

const bodies = [
  'www 300 IN A 192.0.2.1\n\tIN 60 AAAA 2001:db8::1\n   TXT "a b" c\\"d \\065\\; ; comment\n',
  '$GENERATE 1-3 h$ A 192.0.2.${1,2,d}\n$INCLUDE other.zone sub\n',
  '*.w CNAME www\nold DNAME new\nsub NS ns.sub\nns.sub A 192.0.2.2\nsub DS 1 8 1 ' + 'ab'.repeat(20) + '\n',
  'odd TYPE65280 \\# 4 ( 0a00\n 0001 )\na\\.b.c\\000d MX 10 .\n',
  ...Object.entries(samples).map(([type, { good }]) =>
    good.map(([text], i) => `r${i} ${type} ${text.includes('\n') ? `( ${text} )` : text}\n`).join(''),
  ),
]

const pieces = [
  '"',
  '(',
  ')',
  ';',
  '\\',
  '\\1',
  '\n',
  ' ',
  '\t',
  '$',
  '@',
  '*',
  '.',
  '..',
  '\\#',
  '$TTL',
  '$ORIGIN',
  '$INCLUDE',
  'IN',
  '\u0000',
  'é',
  '4294967296',
  '-1',
  '1h',
  'TYPE0',
  'A',
]

type Numbers = (limit: number) => number

function damage(text: string, number: Numbers): string {
  let damaged = text
  for (let left = 1 + number(3); left > 0; left--) {
    const at = number(damaged.length + 1)
    const end = Math.min(damaged.length, at + 1 + number(6))
    const piece =
      number(3) === 0 ? text.slice(number(text.length), number(text.length)) : pieces[number(pieces.length)]!
    if (number(3) === 0) damaged = damaged.slice(0, at) + damaged.slice(end)
    else damaged = damaged.slice(0, at) + piece + damaged.slice(number(2) === 0 ? at : end)
  }
  return damaged
}

export interface Readings {
  readonly sound: number
  readonly refused: number
}

/** Reads as many damaged texts; throws where one is not dealt with. */
export function readDamagedZones(texts: number, seed: number): Readings {
  const number = openNumbers(seed)
  let [sound, refused] = [0, 0]
  for (let i = 0; i < texts; i++) {
    const whole = head + bodies[i % bodies.length]!
    // Mostly behind the head, so that more gets past it.
    const text = number(4) === 0 ? damage(whole, number) : head + damage(bodies[i % bodies.length]!, number)
    try {
      if (readOne(text)) sound++
      else refused++
    } catch (error) {
      throw new Error(`text ${i}: ${JSON.stringify(text)}`, { cause: error })
    }
  }
  return { sound, refused }
}

function readOne(text: string): boolean {
  const { records, isSound } = read(text)
  const problems = checkZone(records, apex, {})
  if (!isSound || problems.some(isError)) return false
  bindZone(compileZone(records, apex, []))
  const again = read(printMaster(records, apex))
  if (!again.isSound || linesOf(again.records) !== linesOf(records)) throw new Error('it does not read back as it was')
  return true
}

function read(text: string): { records: Records; isSound: boolean } {
  const records = openRecords()
  const problems = parseMaster(text, 'f', apex, records, (path) =>
    path === 'other.zone' ? { text: 'x A 192.0.2.9\n' } : { problem: 'no such file' },
  )
  return { records, isSound: !problems.some(isError) }
}

function linesOf(records: Records): string {
  const lines: string[] = []
  for (let i = 0; i < records.count; i++)
    lines.push(`${ownerOf(records, i).join()} ${ttlOf(records, i)} ${typeOf(records, i)} ${rdataOf(records, i).join()}`)
  return lines.join('\n')
}
