// Planted mistakes, each in a zone that is sound but for it: whatever kzonecheck or named-checkzone says something about, we say
// something about too, with file, line and column; what both refuse, we refuse.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { isError, type Problem } from '../../src/core/base/problem.ts'
import { parseName } from '../../src/core/wire/name.ts'
import { checkZone } from '../../src/core/zone/check/check.ts'
import { parseMaster } from '../../src/core/zone/master/parse.ts'
import { openRecords } from '../../src/core/zone/records.ts'

const folder = mkdtempSync(join(tmpdir(), 'meridian-zone-checks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const soa = '@ SOA ns host 1 3600 900 1209600 300\n'
const head = `$TTL 3600\n${soa}@ NS ns\nns A 192.0.2.1\n`
const label = 'x'.repeat(63)
const ds = `1 8 2 ${'ab'.repeat(32)}`

type Verdict = 'ok' | 'warning' | 'error'

/** Name, text behind the head or `whole` text, what Knot, BIND and we say; the line of our first word, counted behind the head. */
type Row = readonly [name: string, text: string, knot: Verdict, bind: Verdict, ours: Verdict, line?: number]

const rows: readonly Row[] = [
  ['nothing wrong', 'www A 192.0.2.2', 'ok', 'ok', 'ok'],
  ['a CNAME beside an address', 'a CNAME ns\na A 192.0.2.2', 'error', 'error', 'error', 1],
  ['an address beside a CNAME', 'a A 192.0.2.2\na CNAME ns', 'error', 'error', 'error', 2],
  ['two CNAMEs', 'a CNAME ns\na CNAME www\nwww A 192.0.2.2', 'error', 'error', 'error', 2],
  ['a CNAME at the apex', '@ CNAME www\nwww A 192.0.2.2', 'error', 'error', 'error', 1],
  ['a second SOA', '@ SOA ns host 2 3600 900 1209600 300', 'ok', 'error', 'error', 1],
  ['a SOA beneath the apex', 'a SOA ns host 2 3600 900 1209600 300', 'ok', 'error', 'error', 1],
  ['a name server without address', '@ NS ns2', 'error', 'error', 'error', 1],
  ['a name server that is an alias', '@ NS ns2\nns2 CNAME ns', 'error', 'error', 'error', 1],
  ['a name server beneath a DNAME', '@ NS a.d\nd DNAME e', 'error', 'error', 'error', 1],
  ['a name server that is an address', '@ NS 192.0.2.9.', 'ok', 'warning', 'warning', 1],
  ['the same without its dot', '@ NS 192.0.2.9', 'error', 'error', 'error', 1],
  ['an MX that is an address', '@ MX 5 192.0.2.9.', 'ok', 'warning', 'warning', 1],
  ['an MX to an alias', '@ MX 5 m\nm CNAME ns', 'ok', 'warning', 'warning', 1],
  ['an MX to nowhere', '@ MX 5 m', 'ok', 'warning', 'warning', 1],
  ['an MX beneath a DNAME', '@ MX 5 m.d\nd DNAME e', 'ok', 'warning', 'warning', 1],
  ['a SRV to an alias', '_a._tcp SRV 1 1 1 m\nm CNAME ns', 'ok', 'warning', 'warning', 1],
  ['a SRV to nowhere', '_a._tcp SRV 1 1 1 m', 'ok', 'warning', 'warning', 1],
  ['a SRV beneath a DNAME', '_a._tcp SRV 1 1 1 m.d\nd DNAME e', 'ok', 'warning', 'warning', 1],
  ['no glue', 'sub NS ns.sub', 'error', 'warning', 'error', 1],
  ['no glue of a sibling', 'sub NS ns.other\nother NS ns', 'ok', 'warning', 'warning', 1],
  ['a delegation to a name without address', 'sub NS nothere', 'error', 'warning', 'error', 1],
  ['a delegation to an alias', 'sub NS c\nc CNAME ns', 'error', 'warning', 'warning', 1],
  ['a delegation to beneath a DNAME', 'sub NS a.d\nd DNAME e', 'error', 'warning', 'warning', 1],
  ['a name out of the zone', 'www.example.net. A 192.0.2.2', 'ok', 'warning', 'error', 1],
  ['two TTLs in a set', 'a 60 A 192.0.2.1\na 61 A 192.0.2.2', 'ok', 'warning', 'warning', 2],
  ['a TTL above 2^31 - 1', 'a 2147483648 A 192.0.2.1', 'ok', 'warning', 'error', 1],
  ['a TTL above 2^32 - 1', 'a 4294967296 A 192.0.2.1', 'error', 'error', 'error', 1],
  ['a record twice', 'a A 192.0.2.1\na A 192.0.2.1', 'ok', 'ok', 'warning', 2],
  ['a record twice but for capitals', 'a MX 1 NS\na MX 1 ns', 'ok', 'ok', 'warning', 2],
  ['two DNAMEs', 'd DNAME e\nd DNAME f', 'error', 'error', 'error', 2],
  ['data beneath a DNAME', 'd DNAME e\nx.d A 192.0.2.1', 'error', 'ok', 'error', 2],
  ['NS beside a DNAME', 'd DNAME e\nd NS ns', 'error', 'ok', 'error', 1],
  ['a CNAME beside a DNAME', 'd DNAME e\nd CNAME ns', 'error', 'error', 'error', 2],
  ['NS of a wildcard', '*.w NS ns', 'ok', 'error', 'warning', 1],
  ['DNAME of a wildcard', '*.w DNAME e', 'ok', 'ok', 'warning', 1],
  ['an asterisk within a name', 'a.*.w TXT x', 'ok', 'warning', 'warning', 1],
  ['data beneath a delegation', 'sub NS ns\nx.sub TXT a', 'ok', 'ok', 'warning', 2],
  ['data at a delegation', 'sub NS ns\nsub TXT a', 'ok', 'ok', 'warning', 2],
  ['an address beneath a delegation that is no glue', 'sub NS ns\nx.sub A 192.0.2.1', 'ok', 'ok', 'warning', 2],
  ['a delegation beneath a delegation', 'sub NS ns\nx.sub NS ns', 'ok', 'ok', 'warning', 2],
  ['DS without NS', `a DS ${ds}`, 'ok', 'ok', 'warning', 1],
  ['DS at the apex', `@ DS ${ds}`, 'ok', 'error', 'error', 1],
  ['a string of 256 bytes', `a TXT ${'x'.repeat(256)}`, 'ok', 'error', 'error', 1],
  ['a label of 64 bytes', `x${label} A 192.0.2.1`, 'error', 'error', 'error', 1],
  ['a name of 256 bytes', `${label}.${label}.${label}.${label} A 192.0.2.1`, 'error', 'error', 'error', 1],
  ['an empty label', 'a..b A 192.0.2.1', 'error', 'error', 'error', 1],
  ['an escape beyond a byte', 'a\\256 A 192.0.2.1', 'ok', 'error', 'error', 1],
  ['a host with an underscore', 'a_b A 192.0.2.1', 'ok', 'warning', 'warning', 1],
  ['a host with a slash', 'a/b A 192.0.2.1', 'ok', 'warning', 'warning', 1],
  ['an MX to no host name', '@ MX 5 a_b.example.net.', 'ok', 'warning', 'warning', 1],
  ['a name server that is no host name', '@ NS a_b.example.net.', 'ok', 'warning', 'warning', 1],
  ['SPF without TXT', '@ SPF "v=spf1 -all"', 'ok', 'warning', 'warning', 1],
  ['an address that is none', 'a A 192.0.2.256', 'error', 'error', 'error', 1],
  ['an IPv6 address that is none', 'a AAAA 2001:::1', 'error', 'error', 'error', 1],
  ['MX without a preference', 'a MX ns', 'error', 'error', 'error', 1],
  ['a type that is none', 'a FOO bar', 'error', 'error', 'error', 1],
  ['another class', 'a CH A 192.0.2.1', 'error', 'error', 'error', 1],
  ['a parenthesis that is not closed', 'a TXT ( a', 'error', 'error', 'error', 1],
  ['a parenthesis that is not opened', 'a TXT a )', 'error', 'error', 'error', 1],
  ['a quote that is not closed', 'a TXT "abc', 'error', 'error', 'error', 1],
  ['too much data', 'a A 192.0.2.1 192.0.2.2', 'error', 'error', 'error', 1],
  ['too little data', 'a A', 'error', 'error', 'error', 1],
  ['a file that is not there', '$INCLUDE nothere', 'error', 'error', 'error', 1],
  ['a range that runs backwards', '$GENERATE 5-1 a$ A 192.0.2.$', 'error', 'error', 'error', 1],
  ['a directive that is none', '$FOO a', 'error', 'error', 'error', 1],
  ['an origin that is none', '$ORIGIN a..b', 'error', 'error', 'error', 1],
  ['bytes of another length', 'a TYPE65280 \\# 3 0102', 'error', 'error', 'error', 1],
  ['aliases in a ring', 'a CNAME b\nb CNAME a', 'ok', 'ok', 'warning', 1],
  ['an alias to nowhere', 'a CNAME nothing', 'ok', 'ok', 'warning', 1],
  ['no mail beside mail', '@ MX 0 .\n@ MX 5 ns', 'ok', 'ok', 'warning', 1],
]

/** With a head of their own. */
const whole: readonly Row[] = [
  ['no SOA', '$TTL 60\n@ NS ns\nns A 192.0.2.1\n', 'error', 'error', 'error'],
  ['no NS', `$TTL 60\n${soa}ns A 192.0.2.1\n`, 'error', 'error', 'error'],
  ['a mailbox with an @', head.replace(' host ', ' host@example.com. '), 'error', 'ok', 'warning', -2],
]

/** What one of them says something about and we do not, and why. */
const passedOver: readonly (readonly [string, string, Verdict, Verdict])[] = [
  // RFC 1035 §3.3.13: the minimum of the SOA is the TTL of what has none.
  ['no TTL at all', `${soa}@ NS ns\nns A 192.0.2.1\n`, 'ok', 'warning'],
]

function verdictOfTool(program: string, args: readonly string[]): { verdict: Verdict; said: string } {
  const ran = spawnSync(program, [...args, join(folder, 'example.com.zone')], { encoding: 'utf8', cwd: folder })
  if (ran.error) throw ran.error
  const said = (ran.stdout + ran.stderr).trim()
  if (ran.status !== 0) return { verdict: 'error', said }
  const isQuiet = said.split('\n').every((line) => /^$|^OK$|loaded serial|No semantic error/i.test(line))
  return { verdict: isQuiet ? 'ok' : 'warning', said }
}

function problemsIn(text: string): Problem[] {
  const records = openRecords()
  const apex = parseName('example.com.') as Uint8Array
  const problems = parseMaster(text, 'f', apex, records, () => ({ problem: 'no such file' }))
  return [...problems, ...checkZone(records, apex, { isPartial: problems.some(isError) })]
}

function verdictOf(problems: readonly Problem[]): Verdict {
  return problems.some(isError) ? 'error' : problems.length > 0 ? 'warning' : 'ok'
}

function verdicts(text: string) {
  writeFileSync(join(folder, 'example.com.zone'), text)
  return {
    knot: verdictOfTool('kzonecheck', ['-o', 'example.com']),
    bind: verdictOfTool('named-checkzone', ['-i', 'local', 'example.com']),
  }
}

describe.each([
  ['behind a sound head', head, rows],
  ['as a whole', '', whole],
] as const)('%s', (_where, before, table) => {
  test.each(table)('%s', (_name, text, knot, bind, ours, line) => {
    const zone = `${before}${text}\n`
    const tools = verdicts(zone)
    const problems = problemsIn(zone)
    expect([tools.knot, tools.bind].map(({ verdict }) => verdict)).toEqual([knot, bind])
    expect([verdictOf(problems), problems]).toEqual([ours, expect.anything()])
    if (line === undefined) return
    const first = problems.find((problem) => verdictOf([problem]) === ours)!
    expect([first.file, first.line - 4]).toEqual(['f', line])
    expect(first.col).toBeGreaterThan(0)
  })
})

test('whatever either of them complains about we complain about, and what both refuse we refuse', () => {
  for (const [name, , knot, bind, ours] of [...rows, ...whole]) {
    if (knot !== 'ok' || bind !== 'ok') expect([name, ours]).not.toEqual([name, 'ok'])
    if (knot === 'error' && bind === 'error') expect([name, ours]).toEqual([name, 'error'])
  }
})

test.each(passedOver)('%s is passed over', (_name, text, knot, bind) => {
  const tools = verdicts(text)
  expect([tools.knot.verdict, tools.bind.verdict]).toEqual([knot, bind])
  expect(problemsIn(text)).toEqual([])
})

test('the tools are these', () => {
  const said = [
    spawnSync('kzonecheck', ['-V'], { encoding: 'utf8' }),
    spawnSync('named-checkzone', ['-v'], { encoding: 'utf8' }),
  ]
  process.stderr.write(`zone checks: ${said.map(({ stdout }) => stdout.trim()).join('; ')}\n`)
  expect(said.map(({ status }) => status)).toEqual([0, 0])
})
