// Reading files that are not text, also while somebody writes them.

import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readBytes } from '../../../src/io/config/bytes.ts'
import { openFolder } from '../../support/folder.ts'

const old = Buffer.alloc(100_000, 'old ')
const fresh = Buffer.alloc(100_000, 'new ')

test('a file is read whole', () => {
  using folder = openFolder({ 'a.bin': old })
  expect(readBytes(`${folder.path}/a.bin`)).toEqual({ bytes: new Uint8Array(old) })
  expect(readBytes(`${folder.path}/b.bin`)).toEqual({ wrong: 'nothing there' })
  expect(readBytes(folder.path)).toMatchObject({ wrong: expect.stringContaining('EISDIR') })
})

test('a file that is overwritten while it is read is not taken, though no byte is missing', () => {
  using folder = openFolder({ 'a.bin': old })
  const file = `${folder.path}/a.bin`
  const result = readBytes(file, (descriptor) => {
    const bytes = readFileSync(descriptor)
    writeFileSync(file, fresh)
    return Buffer.concat([bytes.subarray(0, 50_000), fresh.subarray(50_000)])
  })
  expect(result).toEqual({ wrong: expect.stringContaining('it being written just now') })
  expect(readBytes(file)).toEqual({ bytes: new Uint8Array(fresh) })
})

test('a file that another takes the name of while it is read is read to its own end', () => {
  using folder = openFolder({ 'a.bin': old })
  const result = readBytes(`${folder.path}/a.bin`, (descriptor) => {
    folder.replace('a.bin', fresh)
    return readFileSync(descriptor)
  })
  expect(result).toEqual({ bytes: new Uint8Array(old) })
})
