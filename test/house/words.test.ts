// What no file of the project says: where somebody's checkout is, and where packages come from.

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { printViolation } from './rules.ts'
import { fewScripts, lockfileHasNoAddresses, lockfileIsWhole, namesNoMachine, namesNoPackageHost } from './texts.ts'
import { readTexts, root } from './tree.ts'

const texts = readTexts()
const file = (path: string) => ({ path, text: readFileSync(join(root, path), 'utf8') })

test('no file names a path of somebody’s machine, least of all this one', () => {
  expect(texts.length).toBeGreaterThan(20)
  const own = [root, homedir()].filter((path) => path.length > 5)
  expect(namesNoMachine(texts, own).map(printViolation)).toEqual([])
})

test('no file names a host that packages come from', () => {
  expect(namesNoPackageHost(texts).map(printViolation)).toEqual([])
})

test('the lockfile records digests and no addresses', () => {
  const lockfile = file('package-lock.json')
  expect(lockfile.text).toContain('"integrity": "sha512-')
  expect(lockfileHasNoAddresses(lockfile)).toEqual([])
})

test('the lockfile is one that npm ci accepts', () => {
  expect(lockfileIsWhole(file('package-lock.json')).map(printViolation)).toEqual([])
})

test('package.json has at most ten scripts', () => {
  expect(fewScripts(file('package.json'))).toEqual([])
})

// The words are put together here so that this file does not say them.
const slash = '/'

test.each([
  [`open ${slash}home/ada/meridian/zones`, `${slash}home/ada`],
  [`"${slash}Users/ada/x"`, `${slash}Users/ada`],
  [`(${slash}root/.cache)`, `${slash}root/.cache`],
  [`${slash}work${slash}main`, `${slash}work${slash}main`],
  [`C:${'\\'}Users${'\\'}ada`, `C:${'\\'}Users${'\\'}ada`],
])('seen to fail: %s', (text, path) => {
  expect(namesNoMachine([{ path: 'x.md', text: `\n${text}` }]).map(printViolation)).toEqual([
    `x.md:2 names a path of somebody's machine: ${path}`,
  ])
})

test('seen to fail: the path of this checkout', () => {
  expect(
    namesNoMachine([{ path: 'x.md', text: 'see /opt/src/meridian/zones' }], ['/opt/src/meridian']).map(printViolation),
  ).toEqual(["x.md:1 names a path of somebody's machine: /opt/src/meridian"])
})

test.each(['registry', 'npm', 'deb', 'mirror'])('seen to fail: a host that begins with %s', (first) => {
  const host = [first, 'somewhere', 'org'].join('.')
  expect(namesNoPackageHost([{ path: 'x.md', text: `see https://${host}/x` }]).map(printViolation)).toEqual([
    `x.md:1 names a host that packages come from: ${host}`,
  ])
})

test('seen to fail: a lockfile without the packages of other systems', () => {
  const optionalDependencies = { 'x-linux': '1.0.0', 'x-mac': '1.0.0' }
  const packages = { 'node_modules/x': { optionalDependencies }, 'node_modules/x-linux': {} }
  expect(
    lockfileIsWhole({ path: 'package-lock.json', text: JSON.stringify({ packages }) }).map(printViolation),
  ).toEqual(['package-lock.json lacks x-mac, which node_modules/x may need: node tools/lockfile.ts'])
})

test('seen to fail: a lockfile with an address, an eleventh script', () => {
  expect(
    lockfileHasNoAddresses({ path: 'package-lock.json', text: '{\n"resolved": "https://r.example/x.tgz"' }).map(
      printViolation,
    ),
  ).toEqual(['package-lock.json:2 records where a package was fetched'])
  const scripts = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`s${index}`, '']))
  expect(fewScripts({ path: 'package.json', text: JSON.stringify({ scripts }) }).map(printViolation)).toEqual([
    'package.json has 11 scripts, more than 10',
  ])
})

test.each([
  'https://www.example.com/home/x',
  'registry.example.com',
  'mirror.zone.example',
  '~/work/x',
  'zones/work/x',
  'framework/',
])('%s is fine', (text) => {
  expect([...namesNoMachine([{ path: 'x.md', text }]), ...namesNoPackageHost([{ path: 'x.md', text }])]).toEqual([])
})
