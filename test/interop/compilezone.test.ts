// BIND's named-compilezone reads the text of every record type as we do, reads what we print, and we read what it prints.
// It is asked for $GENERATE too, which is its own invention.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { printProblem } from '../../src/core/base/problem.ts'
import { parseName, printName } from '../../src/core/wire/name.ts'
import { typeByCode } from '../../src/core/wire/rdata/index.ts'
import { printHex } from '../../src/core/wire/text.ts'
import { parseMaster } from '../../src/core/zone/master/parse.ts'
import { openRecords, ownerOf, rdataOf, typeOf } from '../../src/core/zone/records.ts'
import { samples } from '../contract/rdata-samples.ts'
import { printCommand } from '../../src/cli/print-zone.ts'
import { run } from '../cli/printed.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { openFolder } from '../support/folder.ts'
import { generateCases } from '../core/zone/master/generate-cases.ts'

const folder = mkdtempSync(join(tmpdir(), 'meridian-compilezone-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const head = '$ORIGIN example.com.\n$TTL 60\n@ SOA . . 1 2 3 4 5\n@ NS ns.example.net.\n'

/** Why BIND 9.18 does not take what we take. What is listed and it does take makes the test fail. */
const refused: Readonly<Record<string, string>> = {
  'IPSECKEY 10 1 0 192.0.2.3': 'a key is needed, though algorithm 0 says that there is none (RFC 4025 §2.4)',
  'IPSECKEY \\# 7 0a0100c0000203': 'the same',
  'LOC 0 0 0.001 s 0 w 42849672.95m 123.45m': 'small letters',
  'SVCB 1 . ohttp tls-supported-groups=29,23': 'keys that are younger',
  'URI 10 1 https://example.com/a\\"b': 'the quotes are needed (RFC 7553 §4.4 has them, the other types do without)',
}

/** What is checked as a whole and may not stand just anywhere. */
const alone = ['DNAME', 'NS', 'DS']

/** `type text` and the bytes that it stands for. */
type Line = readonly [string, string]

const rows = Object.entries(samples).flatMap(([type, { good }]) =>
  good.map(([text, printed, hex]) => ({ type, text, printed, hex, generic: `\\# ${hex.length / 2} ${hex}` })),
)
/** A zone has one SOA. What we take only as bytes, because in words it would be a slip, BIND prints in words or refuses. */
const within = rows.filter(
  ({ type, printed }) => type !== 'SOA' && (!printed.startsWith('\\#') || type.startsWith('TYPE')),
)

function compile(text: string, style: 'full' | 'relative'): { status: number | null; said: string; out: string } {
  const [file, out] = [join(folder, 'zone'), join(folder, 'compiled')]
  writeFileSync(file, text)
  rmSync(out, { force: true })
  const checks = ['-i', 'none', '-k', 'ignore', '-M', 'ignore', '-S', 'ignore', '-T', 'ignore', '-n', 'ignore']
  const ran = spawnSync('named-compilezone', [...checks, '-F', 'text', '-s', style, '-o', out, 'example.com', file], {
    encoding: 'utf8',
  })
  if (ran.error) throw ran.error
  return { status: ran.status, said: ran.stdout + ran.stderr, out: ran.status === 0 ? readFileSync(out, 'utf8') : '' }
}

/** What BIND makes of a zone, read back by us: `owner type hex`. */
function throughBind(text: string, style: 'full' | 'relative'): string[] {
  const { status, said, out } = compile(text, style)
  expect([status, said]).toEqual([0, expect.stringContaining('OK')])
  return recordsOf(out)
}

function recordsOf(text: string): string[] {
  const records = openRecords()
  const apex = parseName('example.com.') as Uint8Array
  const problems = parseMaster(text, 'compiled', apex, records, () => ({ problem: 'no files' }))
  expect(problems.map(printProblem)).toEqual([])
  return Array.from({ length: records.count }, (_, i) => {
    const { name } = typeByCode(typeOf(records, i))
    return `${printName(ownerOf(records, i))} ${name} ${printHex(rdataOf(records, i))}`
  })
}

function expectSame(lines: readonly Line[], style: 'full' | 'relative'): void {
  const known = lines.filter(([text]) => refused[text] === undefined)
  const found = throughBind(head + known.map(([text], i) => `r${i} ${bracketed(text)}\n`).join(''), style)
  const wanted = known.map(([text, hex], i) => `r${i}.example.com. ${text.split(' ')[0]} ${hex}`)
  expect(found.filter((line) => line.startsWith('r')).sort()).toEqual(wanted.sort())
}

/** Some samples go over several lines. */
function bracketed(text: string): string {
  const at = text.indexOf(' ')
  return text.includes('\n') ? `${text.slice(0, at)} (${text.slice(at)} )` : text
}

describe.each(['full', 'relative'] as const)('in %s style, BIND', (style) => {
  test('means by our samples what we mean', () => {
    expectSame(
      within.map(({ type, text, hex }): Line => [`${type} ${text}`, hex]),
      style,
    )
  })

  test('reads what we print', () => {
    expectSame(
      within.map(({ type, printed, hex }): Line => [`${type} ${printed}`, hex]),
      style,
    )
  })

  test('prints what we read, where it was given the bytes', () => {
    expectSame(
      within.map(({ type, generic, hex }): Line => [`${type} ${generic}`, hex]),
      style,
    )
  })
})

test.each(rows.filter(({ type }) => type === 'SOA'))('SOA $text', ({ text, printed, hex }) => {
  for (const soa of [text, printed]) {
    const found = throughBind(`${head.replace('. . 1 2 3 4 5', soa)}`, 'full')
    expect(found.find((line) => line.includes(' SOA '))).toBe(`example.com. SOA ${hex}`)
  }
})

test.each(Object.entries(refused))('%s is ours alone: %s', (text) => {
  expect(rows.flatMap(({ type, ...row }) => [row.text, row.printed, row.generic].map((t) => `${type} ${t}`))).toContain(
    text,
  )
  expect(compile(`${head}r ${text}\n`, 'full').status).toBe(1)
  expect(recordsOf(`${head}r ${text}\n`)).toHaveLength(3)
})

test.each(generateCases)('$GENERATE %s', (text) => {
  const zone = `${head}$GENERATE ${text}\n`
  expect(throughBind(zone, 'full').sort()).toEqual(recordsOf(zone).sort())
})

test('what `meridian print` prints, BIND reads as we do, and prints so that we read it back', async () => {
  using printing = openFolder({
    'meridian.yaml': { geo: { databases: ['places.mmdb'] } },
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.com.zone': `${head}${within
      .filter(({ type, text }) => refused[`${type} ${text}`] === undefined && !alone.includes(type))
      .map(({ type, text }, i) => `r${i} ${bracketed(`${type} ${text}`)}\n`)
      .join('')}$GENERATE 1-3 h$ A 192.0.2.$\n*.wild MX 10 .\nCAPITALS TXT "a \\" b"\n`,
  })
  const { out } = await run(printCommand, '--config', `${printing.path}/meridian.yaml`)
  expect(recordsOf(out).length).toBeGreaterThan(100)
  expect(throughBind(out, 'full').sort()).toEqual(recordsOf(out).sort())
  expect(throughBind(out, 'relative').sort()).toEqual(recordsOf(out).sort())
})
