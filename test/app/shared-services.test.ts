// Services of included files, which all zones may use: what is wrong with them is said once, where they stand.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadNode } from '../../src/app/load.ts'
import { printProblem } from '../../src/core/base/problem.ts'
import { openFolder } from '../support/folder.ts'

const zone = (name: string, more: string): string =>
  `zone: ${name}\nsoa: { rname: hostmaster }\nns: [ns1]\nrecords:\n  ns1: { A: 192.0.2.53 }\n${more}`

function problemsOf(shared: string, zones: Readonly<Record<string, string>>): string[] {
  using folder = openFolder({
    'meridian.yaml': 'node: { name: n, region: eu }\nzones: zones\ninclude: shared.yaml\nprober: false\n',
    'shared.yaml': shared,
    ...Object.fromEntries(Object.entries(zones).map(([name, more]) => [`zones/${name}.yaml`, zone(name, more)])),
  })
  const { problems } = loadNode(join(folder.path, 'meridian.yaml'), 1)
  return problems.map((problem) => printProblem(problem).replaceAll(`${folder.path}/`, '').split('\n')[0]!)
}

const pools = 'pools:\n  spare: { at: { country: SG }, targets: [{ address: 203.0.113.1 }] }\n'

test('a mistake in one is told once, however many zones use it, and without its echoes', () => {
  const shared = `${pools}services:\n  near: { steer: { nearest: [spare, nowhere] } }\n`
  const use = '  www: { service: near }\n'
  expect(problemsOf(shared, { 'a.example': use, 'b.example': use, 'c.example': '' })).toEqual([
    expect.stringContaining(
      'shared.yaml:4:37 services.near.steer.nearest[1]: expected the name of a pool or service, found "nowhere"',
    ),
  ])
})

test('services of a zone may name them, and are looked at by themselves', () => {
  const shared = `${pools}services:\n  one: { steer: spare }\n`
  const services =
    'services:\n  mine: { steer: { failover: [one, two] } }\n  idle: { steer: { failover: [mine, idle] } }\n'
  expect(problemsOf(shared, { 'a.example': `  www: { service: mine }\n${services}` })).toEqual([
    expect.stringContaining(
      'zones/a.example.yaml:8:36 services.mine.steer.failover[1]: expected the name of a pool or service, found "two"',
    ),
    expect.stringContaining(
      'zones/a.example.yaml:9:18 services.idle.steer: expected a tree, found a cycle: idle → idle',
    ),
  ])
})

test('a pool that no included service uses is looked at where a zone does', () => {
  const many = Array.from({ length: 257 }, (_, i) => `{ address: 198.51.${100 + (i >> 8)}.${i & 255} }`).join(', ')
  const shared = `pools:\n  many: { targets: [${many}] }\nservices: {}\n`
  expect(problemsOf(shared, { 'a.example': '  www: { service: web }\nservices: { web: { steer: many } }\n' })).toEqual([
    expect.stringContaining(
      'shared.yaml:2:20 pools.many.targets: expected at most 256 targets of one type in a pool, found 257',
    ),
  ])
})
