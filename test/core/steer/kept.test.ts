// What is kept of a walk through a tree: an answer from it is the answer that the tree gives, and it is forgotten when the board changes.

import { describe, expect, test } from 'vitest'
import { openContext } from '../../../src/core/answer/context.ts'
import { DOWN, UP, writeFade, writeState } from '../../../src/core/health/board.ts'
import { openNumbers } from '../../support/chance.ts'
import { askBytes, makeWorld, writeQuery } from '../../support/snapshot.ts'

const NOW = 1_800_000_000

const world = makeWorld({
  pools: {
    eu: { targets: ['192.0.2.10', '192.0.2.11 *3', '2001:db8:1::10'] },
    us: { targets: ['198.51.100.10', '198.51.100.11', '198.51.100.12', '198.51.100.13', '198.51.100.14'] },
    many: { answers: 1, targets: Array.from({ length: 12 }, (_, i) => `203.0.113.${i + 1}`) },
    idle: { answers: 1, targets: ['203.0.113.21 *0', '203.0.113.22 *0'] },
  },
  services: {
    plain: { geo: [{ where: ['country IE'], to: { failover: ['eu', 'us'] } }, { to: { failover: ['us', 'many'] } }] },
    drawn: {
      weighted: [
        { to: 'eu', weight: 1 },
        { to: { failover: ['us'] }, weight: 2 },
      ],
    },
    both: { all: ['eu', 'us'] },
    large: { failover: ['many', 'eu'] },
    spare: { first: ['idle', 'eu'] },
    reserve: { failover: ['idle', 'eu'] },
    stuck: { sticky: [{ to: 'eu' }, { to: 'us' }] },
    few: { first: { of: ['us', 'eu'], answers: 2 } },
    shared: { all: { of: ['us', 'eu'], answers: 3 } },
  },
  owners: {
    plain: 'plain',
    drawn: 'drawn',
    both: 'both',
    large: 'large',
    spare: 'spare',
    reserve: 'reserve',
    stuck: 'stuck',
    few: 'few',
    shared: 'shared',
  },
  networks: [
    { cidr: '20.0.0.0/8', country: 'IE' },
    { cidr: '30.0.0.0/8', country: 'US' },
  ],
})
const names = ['plain', 'drawn', 'both', 'large', 'spare', 'reserve', 'stuck', 'few', 'shared']
const rows = 3 + 5 + 12 + 2

describe.each(['A', 'AAAA'] as const)('%s', (type) => {
  test.each(names)('%s: with what is kept, and with nothing kept, the same bytes, whatever the board', (name) => {
    const numbers = openNumbers(7)
    const keeping = openContext(world.bound, 'udp')
    const { board } = world.bound
    for (let change = 0; change < 60; change++) {
      const row = numbers(rows)
      if (numbers(4) === 0) writeFade(board, row, numbers(3) * 500)
      else writeState(board, row, numbers(2) === 0 ? DOWN : UP, numbers(8) === 0)
      for (let i = 0; i < 12; i++) {
        const subnet = `${[20, 30, 40][numbers(3)]}.${numbers(256)}.${numbers(256)}.0/24`
        const query = writeQuery({ name: `${name}.example.com`, type: type === 'A' ? 1 : 28, subnet })
        const nowSec = NOW + numbers(1000)
        const forgetful = openContext(world.bound, 'udp')
        expect(askBytes(keeping, query, '127.0.0.1', nowSec)).toEqual(askBytes(forgetful, query, '127.0.0.1', nowSec))
      }
    }
    for (let row = 0; row < rows; row++) {
      writeFade(board, row, 1000)
      writeState(board, row, UP, false)
    }
  })
})

test('a way without dice is kept, one with dice and one of several pools are not', () => {
  const kept = (name: string): boolean => {
    const context = openContext(world.bound, 'udp')
    askBytes(context, writeQuery({ name: `${name}.example.com`, subnet: '20.1.1.0/24' }), '127.0.0.1', NOW)
    return context.kept.some((word) => word !== 0)
  }
  expect(names.filter(kept)).toEqual(['plain', 'large', 'reserve', 'few'])
})

test('an answer from what is kept is counted for its pool', () => {
  const context = openContext(world.bound, 'udp')
  const query = writeQuery({ name: 'plain.example.com', subnet: '20.1.1.0/24' })
  for (let i = 0; i < 3; i++) askBytes(context, query, '127.0.0.1', NOW)
  expect(context.slots.filter((count) => count > 0)).toEqual(Float64Array.of(3))
})
