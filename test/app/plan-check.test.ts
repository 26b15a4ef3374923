// Checks that depend on others, or on what the node allows: what is probed for a target, and what is wrong with it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadNode } from '../../src/app/load.ts'
import { printProblem } from '../../src/core/base/problem.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-check-'))
  mkdirSync(join(folder, 'zones'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function load(checks: string, pool: string, node = '', shared = '{}') {
  const zone = `zone: example.com
soa: { rname: hostmaster }
ns: [ns1]
records: { ns1: { A: 192.0.2.53 } }
checks:
${checks}
pools:
  eu: ${pool}
`
  writeFileSync(join(folder, 'zones/example.com.yaml'), zone)
  writeFileSync(join(folder, 'shared.yaml'), shared)
  writeFileSync(join(folder, 'meridian.yaml'), `zones: zones\ninclude: shared.yaml\n${node}`)
  const { loaded, problems } = loadNode(join(folder, 'meridian.yaml'), 1)
  return { loaded, problems: problems.map((problem) => printProblem(problem).replace(`${folder}/`, '').split(' (')[0]) }
}

const parts = `  web: { http: {} }
  port: { tcp: { port: 8443 } }
  lag: { metric: { json: /x, max: 1 }, every: 30s }`

describe('a combined check', () => {
  test('has the subjects of its parts probed, each at its own port, and one of its own that the target hangs on', () => {
    const pool = '{ check: all, targets: [{ address: 192.0.2.10 }, { address: 192.0.2.11, probe_at: "127.0.0.1:99" }] }'
    const { loaded, problems } = load(
      `${parts}\n  all: { combine: { of: [web, port], at_least: 1, must: [shared], watch: [lag] } }`,
      pool,
      '',
      'checks: { shared: { icmp: {} } }',
    )
    expect(problems).toEqual([])
    const of = (address: string) => ({
      parts: [`example.com/web@${address}:80`, `example.com/port@${address}:8443`],
      needed: 1,
      must: [`*/shared@${address}:0`],
      watch: [`example.com/lag@${address}:80`],
    })
    const probed = (address: string) => [...of(address).parts, ...of(address).must, ...of(address).watch]
    const subjects = loaded!.subjects.map(({ subject, combination }) => [subject, combination])
    expect(subjects).toEqual([
      ...probed('192.0.2.10').map((subject) => [subject, undefined]),
      ['example.com/all@192.0.2.10:0', of('192.0.2.10')],
      ...probed('127.0.0.1').map((subject) => [subject, undefined]),
      ['example.com/all@127.0.0.1:99', of('127.0.0.1')],
    ])
    expect(loaded!.rows).toMatchObject([
      {
        subject: 'example.com/all@192.0.2.10:0',
        parts: probed('192.0.2.10'),
        pace: { rise: 1, fall: 1, confirmMs: 0 },
      },
      { subject: 'example.com/all@127.0.0.1:99', parts: probed('127.0.0.1') },
    ])
  })

  test.each([
    [
      'all: { combine: { all: [web, prot] } }',
      'zones/example.com.yaml:9:19 checks.all.combine: expected the names of checks, found "prot"',
    ],
    [
      'all: { combine: { all: [web, other] } }\n  other: { combine: { any: [web] } }',
      'zones/example.com.yaml:9:19 checks.all.combine: expected checks that probe something, found other, which is combined itself',
    ],
    [
      'all: { combine: { all: [web] }, fall: 2 }',
      'zones/example.com.yaml:9:41 checks.all.fall: expected nothing beside combine, since its parts have a timing of their own',
    ],
  ])('%s', (check, problem) => {
    expect(load(`${parts}\n  ${check}`, '{ check: all, targets: [{ address: 192.0.2.10 }] }').problems).toEqual([
      problem,
    ])
  })

  test('of a part that has a mistake itself has none', () => {
    const { problems } = load(
      '  web: { http: { pfad: / } }\n  all: { combine: { all: [web] } }',
      '{ check: all, targets: [{ address: 192.0.2.10 }] }',
    )
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain('pfad')
  })
})

describe('a program', () => {
  const check = '  up: { exec: { command: [/bin/true] } }'
  const pool = '{ check: up, targets: [{ address: 192.0.2.10 }] }'
  test.each([
    [
      '',
      [
        'zones/example.com.yaml:6:15 checks.up.exec: expected allow_exec: true in meridian.yaml, since this node probes and would run the program',
      ],
    ],
    ['allow_exec: true', []],
    ['prober: false', []],
  ])('with %j', (node, problems) => expect(load(check, pool, node).problems).toEqual(problems))
})

test('min_dwell of a pool holds for each of its targets, and is a mistake where nothing is checked', () => {
  const targets = 'targets: [{ address: 192.0.2.10 }, { address: 192.0.2.11 }]'
  const { loaded } = load(parts, `{ check: web, min_dwell: 20s, ${targets} }`)
  expect(loaded!.rows.map(({ minDwellMs }) => minDwellMs)).toEqual([20_000, 20_000])
  expect(load(parts, `{ check: web, ${targets} }`).loaded!.rows[0]).not.toHaveProperty('minDwellMs')
  expect(load(parts, `{ min_dwell: 20s, ${targets} }`).problems).toEqual([
    'zones/example.com.yaml:10:20 pools.eu.min_dwell: expected a `check` beside it, found none: without one nothing changes',
  ])
})
