// SVCB as text: the test vectors of RFC 9460 appendix D.

import { expect, test } from 'vitest'
import { parseName } from '../../src/core/wire/name.ts'
import { HTTPS } from '../../src/core/wire/rdata/https.ts'
import { SVCB } from '../../src/core/wire/rdata/svcb.ts'
import { printHex } from '../../src/core/wire/text.ts'
import { parseMaster } from '../../src/core/zone/master/parse.ts'
import { openRecords, rdataOf } from '../../src/core/zone/records.ts'

function read(text: string): { hex: string; problems: string[] } {
  const records = openRecords()
  const problems = parseMaster(`@ 1 ${text}`, 'f', parseName('.') as Uint8Array, records, () => ({
    problem: 'no files',
  }))
  return {
    hex: records.count === 1 ? printHex(rdataOf(records, 0)) : '',
    problems: problems.map(({ message }) => message),
  }
}

const com = '03666f6f076578616d706c6503636f6d00'
const org = '03666f6f076578616d706c65036f726700'

test.each([
  ['HTTPS 0 foo.example.com.', `0000${com}`],
  ['SVCB 1 .', '000100'],
  ['SVCB 16 foo.example.com. port=53', `0010${com}000300020035`],
  ['SVCB 1 foo.example.com. key667=hello', `0001${com}029b000568656c6c6f`],
  ['SVCB 1 foo.example.com. key667="hello\\210qoo"', `0001${com}029b000968656c6c6fd2716f6f`],
  [
    'SVCB 1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"',
    `0001${com}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
  ],
  [
    'SVCB 1 example.com. ipv6hint="2001:db8:122:344::192.0.2.33"',
    '0001076578616d706c6503636f6d000006001020010db80122034400000000c0000221',
  ],
  [
    'SVCB 16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1 )',
    `0010${org}0000000400010004000100090268320568332d313900040004c0000201`,
  ],
  ['SVCB 16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"', `0010${org}0001000c08665c6f6f2c626172026832`],
  ['SVCB 16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2', `0010${org}0001000c08665c6f6f2c626172026832`],
])('%s', (text, hex) => {
  expect(read(text)).toEqual({ hex, problems: [] })
})

test.each([
  'key123=abc key123=def',
  'mandatory',
  'alpn',
  'port',
  'ipv4hint',
  'ipv6hint',
  'no-default-alpn=abc',
  'mandatory=key123',
  'mandatory=mandatory',
  'mandatory=key123,key123 key123=abc',
])('the failure case "SVCB 1 foo.example.com. %s"', (params) => {
  for (const type of [SVCB, HTTPS]) {
    const { hex, problems } = read(`${type.name} 1 foo.example.com. ${params}`)
    expect([hex, problems]).toEqual(['', [expect.stringContaining(`${type.name} params: expected `)]])
  }
})
