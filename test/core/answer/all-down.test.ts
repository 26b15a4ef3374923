// all_down: what a service answers when nothing of it is usable, what it says of that, and what is counted.

import { describe, expect, test } from 'vitest'
import { openContext } from '../../../src/core/answer/context.ts'
import { slotCountOf } from '../../../src/core/steer/compile.ts'
import { askBoth, askRaw } from '../../support/oracle.ts'
import { optionsOf } from '../../support/options.ts'
import { ask, explain, makeWorld, writeQuery } from '../../support/snapshot.ts'

const world = makeWorld({
  zones: { 'example.com': 'to CNAME closed\n' },
  networks: [{ cidr: '198.51.100.0/24', country: 'US' }],
  pools: {
    eu: { targets: ['203.0.113.1', '2001:db8::1'] },
    us: { targets: ['203.0.113.2', '2001:db8::2'] },
    sorry: { answers: 1, targets: ['203.0.113.91', '203.0.113.92', '2001:db8::9'] },
  },
  services: {
    open: { failover: ['eu', 'us'] },
    closed: { ttl: 30, allDown: 'closed', steer: { geo: [{ where: ['country US'], to: 'us' }, { to: 'eu' }] } },
    kept: { ttl: 30, allDown: 'sorry', steer: { failover: ['eu', 'us'] } },
  },
  owners: { open: 'open', closed: 'closed', kept: 'kept' },
})

function downAll(): void {
  for (const target of ['203.0.113.1', '203.0.113.2', '2001:db8::1', '2001:db8::2']) world.set(target, 'down')
}

function upAll(): void {
  for (const target of world.rows.keys()) world.set(target, 'up')
}

const read = (name: string, type = 1) => askBoth(world, { name: `${name}.example.com`, type, edns: true })
const addresses = (name: string, type = 1): string[] => read(name, type).answer.map((line) => line.split(' ').at(-1)!)
const errorOf = (name: string): string[] => optionsOf(ask(world, { name: `${name}.example.com`, edns: true }))

describe('while something is usable', () => {
  test.each(['open', 'closed', 'kept'])('%s answers as the tree says, and names no error', (name) => {
    upAll()
    expect(addresses(name)).toEqual(['203.0.113.1'])
    expect(errorOf(name)).toEqual([])
  })
})

describe('when nothing is usable', () => {
  test('open answers with everything, and says so', () => {
    upAll()
    downAll()
    expect(addresses('open')).toEqual(['203.0.113.1', '203.0.113.2'])
    expect(errorOf('open')).toEqual(['EDE 0 no target is up'])
  })

  test('closed answers SERVFAIL without AA and without a record, and says why', () => {
    upAll()
    downAll()
    expect(read('closed')).toMatchObject({ rcode: 'SERVFAIL', flags: 'qr', answer: [], authority: [] })
    expect(errorOf('closed')).toEqual(['EDE 23 no target is up'])
    // An alias in front of it is taken back.
    expect(read('to')).toMatchObject({ rcode: 'SERVFAIL', answer: [] })
    expect(askBoth(world, { name: 'closed.example.com', subnet: '198.51.100.0/24' }).subnet).toBe(
      '198.51.100.0/24 scope 0',
    )
  })

  test('closed concerns who has nothing usable, and nobody else', () => {
    upAll()
    world.set('203.0.113.2', 'down')
    expect(askBoth(world, { name: 'closed.example.com', subnet: '198.51.100.0/24' })).toMatchObject({
      rcode: 'NOERROR',
      answer: ['closed.example.com. 30 A 203.0.113.1'],
    })
    world.set('203.0.113.1', 'down')
    expect(read('closed').rcode).toBe('SERVFAIL')
    expect(read('closed', 28).rcode).toBe('NOERROR')
  })

  test('a pool answers by its own rules while it can, and with all that it has where it cannot', () => {
    upAll()
    downAll()
    expect(addresses('kept')).toHaveLength(1)
    expect(addresses('kept')[0]).toMatch(/^203\.0\.113\.9/)
    expect(errorOf('kept')).toEqual(['EDE 0 no target is up: fallback'])
    world.set('203.0.113.92', 'down')
    expect(addresses('kept')).toEqual(['203.0.113.91'])
    world.set('203.0.113.91', 'down')
    expect(addresses('kept')).toEqual(['203.0.113.91', '203.0.113.92'])
    world.set('203.0.113.91', 'drained')
    expect(addresses('kept')).toEqual(['203.0.113.92'])
    expect(addresses('kept', 28)).toEqual(['2001:db8::9'])
  })

  test('a type that the service does not hold is no data, as ever', () => {
    upAll()
    downAll()
    for (const name of ['open', 'closed', 'kept'])
      expect(read(name, 16)).toMatchObject({ rcode: 'NOERROR', answer: [], flags: 'qr aa' })
  })

  test('a client without EDNS gets no option', () => {
    upAll()
    downAll()
    expect(askBoth(world, { name: 'open.example.com' }).edns).toBeUndefined()
  })

  test('explain says which', () => {
    upAll()
    downAll()
    const said = (name: string): string | undefined =>
      explain(world, { name: `${name}.example.com` }).steps.find(({ topic }) => topic === 'all down')?.text
    expect(said('open')).toBe('nothing is usable: fails open and answers with everything')
    expect(said('closed')).toBe('nothing is usable: fails closed, SERVFAIL')
    expect(said('kept')).toBe('nothing is usable: pool sorry answers, whatever its state')
  })
})

test('answers are counted by pool, and those of all_down by service', () => {
  upAll()
  const context = openContext(world.bound, 'udp')
  const names = world.names.steering[0]!
  const askAll = (): void => {
    for (const name of ['open', 'closed', 'kept']) askRaw(context, writeQuery({ name: `${name}.example.com` }))
  }
  const counts = (): Record<string, number> =>
    Object.fromEntries(
      [...context.slots.subarray(0, slotCountOf(names))].flatMap((count, slot) => {
        const pool = names.slots[slot]
        const service = names.services[slot - names.slots.length]
        return count > 0 ? [[pool ? `${pool.service} ${pool.pool}` : `${service} all down`, count]] : []
      }),
    )
  askAll()
  expect(counts()).toEqual({ 'open eu': 1, 'closed eu': 1, 'kept eu': 1 })
  downAll()
  askAll()
  expect(counts()).toEqual({
    'open eu': 2,
    'closed eu': 1,
    'kept eu': 1,
    'kept sorry': 1,
    'open all down': 1,
    'closed all down': 1,
    'kept all down': 1,
  })
  expect(names.allDown).toEqual(['open', 'closed', 'sorry'])
})
