// Lines of files larger than what is read at once.

import { describe, expect, test } from 'vitest'
import { readLines } from '../../../src/io/config/lines.ts'
import { writeText } from '../../../src/io/config/write.ts'
import { openFolder } from '../../support/folder.ts'

describe('reading', () => {
  test.each([
    ['a file without lines', '', []],
    ['a last line without its end', 'a\nb', ['a', 'b']],
    ['empty lines, and the ends of lines of other systems', 'a\r\n\nb\n', ['a', '', 'b']],
  ])('%s', (_, text, lines) => {
    using folder = openFolder({ log: text })
    expect([...readLines(`${folder.path}/log`)]).toEqual(lines)
  })

  test('a letter of several bytes that stands across two reads is whole', () => {
    // 3-byte letters never end where a read of 2^18 bytes does.
    const line = '€'.repeat(200_000)
    using folder = openFolder({ log: `${line}\nend\n` })
    expect([...readLines(`${folder.path}/log`)]).toEqual([line, 'end'])
  })

  test('whoever stops half-way leaves nothing open', () => {
    using folder = openFolder({ log: 'a\nb\nc\n' })
    for (const line of readLines(`${folder.path}/log`)) if (line === 'b') break
    expect([...readLines(`${folder.path}/log`)]).toHaveLength(3)
  })

  test.each([
    ['/nowhere/log', 'cannot read /nowhere/log: there is no such file'],
    ['/', 'cannot read /: it is a directory'],
  ])('%s is a failure', (file, message) => {
    expect(() => [...readLines(file)]).toThrow(expect.objectContaining({ code: 'file-unreadable', message }))
  })
})

test('what cannot be written is a failure', () => {
  expect(() => writeText('/nowhere/chart.svg', 'x')).toThrow(expect.objectContaining({ code: 'file-unwritable' }))
})
