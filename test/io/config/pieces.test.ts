// A text file in pieces of whole lines.

import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { printProblem } from '../../../src/core/base/problem.ts'
import { openPieces } from '../../../src/io/config/pieces.ts'
import { openFolder } from '../../support/folder.ts'

function readAll(file: string, onRead?: (bytes: number, of: number) => void): { pieces: string[]; hash: string } {
  const { pieces, problem } = openPieces(file, { onRead })
  if (problem) throw new Error(printProblem(problem))
  const all: string[] = []
  for (let piece = pieces.read(); piece !== ''; piece = pieces.read()) {
    if (typeof piece !== 'string') {
      all.push(`! ${piece.problem}`)
      break
    }
    all.push(piece)
  }
  return { pieces: all, hash: pieces.hash() }
}

const line = (i: number): string => `host${i} A 192.0.2.1 ; äöü\n`
const large = Array.from({ length: 120_000 }, (_, i) => line(i)).join('')

test('a small file is one piece', () => {
  using folder = openFolder({ a: 'x\ny', b: 'x\ny\n', c: '' })
  expect(readAll(join(folder.path, 'a')).pieces).toEqual(['x\ny'])
  expect(readAll(join(folder.path, 'b')).pieces).toEqual(['x\ny\n'])
  expect(readAll(join(folder.path, 'c')).pieces).toEqual([])
})

test('a large one is some, each of whole lines, and its reader is told how far it is', () => {
  using folder = openFolder({ a: large })
  const told: number[] = []
  const { pieces } = readAll(join(folder.path, 'a'), (bytes, of) => void told.push(bytes / of))
  expect(pieces.length).toBeGreaterThan(2)
  expect(pieces.every((piece) => piece.endsWith('\n') && piece.startsWith('host'))).toBe(true)
  expect(pieces.join('')).toBe(large)
  expect(told.at(-1)).toBe(1)
  expect(told).toEqual(told.toSorted((a, b) => a - b))
})

test('the hash is that of the text', () => {
  using folder = openFolder({ a: large, b: large, c: `${large}x` })
  const [a, b, c] = ['a', 'b', 'c'].map((name) => readAll(join(folder.path, name)).hash)
  expect(a).toBe(b)
  expect(a).not.toBe(c)
})

test('a long line is still a line', () => {
  using folder = openFolder({ a: `${'x'.repeat(3_000_000)}\ny\n` })
  expect(readAll(join(folder.path, 'a')).pieces.join('').length).toBe(3_000_003)
})

test('what is no text shows where it comes up', () => {
  using folder = openFolder({ a: Buffer.from([97, 0xe4]), b: Buffer.concat([Buffer.from(large), Buffer.from([0xe4])]) })
  const from = { file: 'meridian.yaml', line: 3, col: 8, path: 'zones[0]' }
  const { problem } = openPieces(join(folder.path, 'a'), { from })
  expect(printProblem(problem!)).toMatch(
    /^meridian.yaml:3:8 zones\[0\]: expected a file at .*, found bytes that are not UTF-8$/,
  )
  expect(readAll(join(folder.path, 'b')).pieces.at(-1)).toBe('! expected more lines, found bytes that are not UTF-8')
})

test.each([
  ['gone', 'expected a file, found nothing there'],
  ['folder', 'expected a file, found a directory'],
])('%s is no file', (name, message) => {
  using folder = openFolder()
  mkdirSync(join(folder.path, 'folder'))
  expect(openPieces(join(folder.path, name)).problem?.message).toBe(message)
})

test('a file that grows while it is read is not taken for a whole one', () => {
  using folder = openFolder({ a: large })
  const file = join(folder.path, 'a')
  const { pieces } = openPieces(file)
  pieces!.read()
  appendFileSync(file, line(1))
  let last = pieces!.read()
  while (typeof last === 'string' && last !== '') last = pieces!.read()
  expect(last).toEqual({
    problem: 'expected more lines, found it being written just now (replace it by renaming a finished one over it)',
  })
  expect(pieces!.read()).toBe('')
})
