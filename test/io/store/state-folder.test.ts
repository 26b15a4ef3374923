// What a node keeps on disk: whole or not at all, in the order of the calls, and never in the way.

import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openStateFolder } from '../../../src/io/store/state-folder.ts'
import { openFolder } from '../../support/folder.ts'

function place(): string {
  const folder = openFolder()
  onTestFinished(() => folder[Symbol.dispose]())
  return folder.path
}

test('nothing is there at first, and reading makes nothing', () => {
  const path = join(place(), 'state', 'ns1')
  expect(openStateFolder(path).read('a.json')).toBeUndefined()
  expect(() => statSync(path)).toThrow('ENOENT')
})

test('what was written is read by whoever comes next, and by nobody else of the system', async () => {
  const path = join(place(), 'state', 'ns1')
  await openStateFolder(path).write('a.json', 'one')
  await openStateFolder(path).write('a.json', 'two ☂')
  expect(openStateFolder(path).read('a.json')).toBe('two ☂')
  expect(readdirSync(path)).toEqual(['a.json'])
  expect([statSync(path).mode & 0o777, statSync(join(path, 'a.json')).mode & 0o777]).toEqual([0o700, 0o600])
})

test('of many at once the last is left, and each has ended by then', async () => {
  const path = place()
  const folder = openStateFolder(path)
  const seen: string[] = []
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      await folder.write('a.json', String(i))
      seen.push(readFileSync(join(path, 'a.json'), 'utf8'))
    }),
  )
  expect(seen.map(Number)).toEqual(seen.map(Number).toSorted((a, b) => a - b))
  expect(folder.read('a.json')).toBe('19')
})

test('what a crash left half-written is not what is read, and does not stay for ever', async () => {
  const path = place()
  const folder = openStateFolder(path)
  await folder.write('a.json', 'whole')
  writeFileSync(join(path, '.a.json.new'), 'ha')
  expect(folder.read('a.json')).toBe('whole')
  await folder.write('a.json', 'whole again')
  expect(readdirSync(path)).toEqual(['a.json'])
})

test('where it cannot be written, that is a failure with a name, and what was there stays', async () => {
  const path = place()
  const folder = openStateFolder(path)
  await folder.write('a.json', 'old')
  mkdirSync(join(path, '.a.json.new')) // in the way, also of root
  await expect(folder.write('a.json', 'new')).rejects.toMatchObject({
    code: 'state-unwritable',
    message: expect.stringContaining(join(path, 'a.json')),
  })
  expect(folder.read('a.json')).toBe('old')
  await expect(openStateFolder('/dev/null/state').write('a', 'x')).rejects.toMatchObject({ code: 'state-unwritable' })
})

test('one that failed does not hold up the next', async () => {
  const path = place()
  const folder = openStateFolder(path)
  const first = folder.write('no/such/folder', 'x')
  const second = folder.write('a.json', 'y')
  await expect(first).rejects.toMatchObject({ code: 'state-unwritable' })
  await second
  expect(folder.read('a.json')).toBe('y')
})

test('where it cannot be read, that is a failure and not an empty folder', () => {
  const path = place()
  symlinkSync('a.json', join(path, 'a.json'))
  expect(() => openStateFolder(path).read('a.json')).toThrow(expect.objectContaining({ code: 'state-garbled' }))
})

test('what nobody understands is set aside, and gone from its name', async () => {
  const path = place()
  const folder = openStateFolder(path)
  await folder.write('a.json', 'gibberish')
  folder.setAside('a.json')
  expect(folder.read('a.json')).toBeUndefined()
  expect(readFileSync(join(path, 'a.json.unreadable'), 'utf8')).toBe('gibberish')
  chmodSync(path, 0o700)
  expect(() => folder.setAside('a.json')).not.toThrow()
})
