// What two configurations do differently, told by shares and not by throws of the dice.

import { describe, expect, test } from 'vitest'
import { describeClients } from '../../../src/app/rehearsal/classes.ts'
import { type Difference, findDifference } from '../../../src/app/rehearsal/difference.ts'
import { rowsNamed, setDown } from '../../../src/app/rehearsal/stage.ts'
import type { Branch } from '../../../src/core/steer/policy.ts'
import { type Configuration, stageOf } from './configurations.ts'

function differ(old: Configuration, fresh: Configuration, down: readonly string[] = []): Difference {
  const stages = { old: stageOf(old), new: stageOf(fresh) }
  for (const stage of Object.values(stages))
    for (const name of down) for (const row of rowsNamed(stage, name) as number[]) setDown(stage, row, true)
  return findDifference(stages, 1_800_000_000)
}

/** A difference in few words: type, clients, pools with their shares in old and new. */
function told({ steered, classes }: Difference): string[] {
  const pools = (shares: ReadonlyMap<string, number>): string =>
    [...shares].map(([pool, share]) => `${pool} ${(100 * share).toFixed(1)}`).join(' ')
  return steered.map((each) => {
    const clients = describeClients(each.classes, classes).join(', ')
    return `${each.type} ${clients}: ${pools(each.old.pools)} → ${pools(each.new.pools)}`
  })
}

const weighted = (us: number, eu: number) => ({
  weighted: [
    { to: 'us', weight: us },
    { to: 'eu', weight: eu },
  ],
})

describe('nothing differs', () => {
  test('between a configuration and itself', () => {
    const steer = { geo: [{ where: ['country CA'], to: weighted(90, 10) }, { to: { failover: ['eu', 'us'] } }] }
    const difference = differ({ steer }, { steer })
    expect(difference.steered).toEqual([])
    expect(difference.static).toEqual([])
    expect(difference.asked).toEqual({ steered: 2, static: 3 })
  })

  test('where branches of geo change their order', () => {
    const branches = [
      { where: ['country CA'], to: weighted(90, 10) },
      { where: ['continent EU'], to: { failover: ['eu', 'us'] } },
    ]
    const rest = { to: 'ap' }
    const difference = differ(
      { steer: { geo: [...branches, rest] } },
      { steer: { geo: [rest, ...branches.toReversed()] } },
    )
    expect(told(difference)).toEqual([])
  })

  test('where members of weighted change their order', () => {
    const steer = { weighted: weighted(90, 10).weighted.toReversed() }
    expect(told(differ({ steer: weighted(90, 10) }, { steer }))).toEqual([])
  })

  test('where only the secret of the dice changes', () => {
    const steer = weighted(50, 50)
    expect(told(differ({ steer }, { steer, settings: { secret: 'another' } }))).toEqual([])
  })
})

describe('a difference', () => {
  test('is seen beside a record that the service puts aside', () => {
    const records = { www: { service: 'web', A: '192.0.2.99' } }
    const steer = (to: string): Branch => ({ geo: [{ where: ['country CA'], to }, { to: 'us' }] })
    const difference = differ({ steer: steer('us'), records }, { steer: steer('eu'), records })
    expect(told(difference)).toEqual(['A country CA: us 100.0 → eu 100.0', 'AAAA country CA: us 100.0 → eu 100.0'])
    expect(difference.asked).toEqual({ steered: 2, static: 3 })
  })

  test('a changed weight is told as a changed share, of all who are weighed', () => {
    expect(told(differ({ steer: weighted(90, 10) }, { steer: weighted(80, 20) }))).toEqual([
      'A everybody: us 90.0 eu 10.0 → us 80.0 eu 20.0',
      'AAAA everybody: us 90.0 eu 10.0 → us 80.0 eu 20.0',
    ])
  })

  test('a share of a hundred-thousandth is seen', () => {
    const [first] = differ({ steer: weighted(100_000, 1) }, { steer: weighted(100_000, 2) }).steered
    expect(first!.old.pools.get('eu')).toBeCloseTo(1 / 100_001, 9)
    expect(first!.new.pools.get('eu')).toBeCloseTo(2 / 100_002, 9)
  })

  test('is told for those alone whom it is for, in the fewest words', () => {
    const geo = (where: readonly string[]) => ({ geo: [{ where, to: 'eu' }, { to: 'us' }] })
    const difference = differ(
      { steer: geo(['country DE']) },
      { steer: geo(['country DE', 'country FR', 'country CA']) },
    )
    expect(told(difference)).toContain('A country FR, country CA: us 100.0 → eu 100.0')
    expect(told(differ({ steer: geo(['country CA']) }, { steer: geo(['continent EU', 'country CA']) }))).toContain(
      'A continent Europe: us 100.0 → eu 100.0',
    )
  })

  test('of an own network is told by its name, though a country is all around it', () => {
    const networks = [{ cidr: '11.5.0.0/16', name: 'office' }]
    const steer = (to: string) => ({ geo: [{ where: ['network office'], to }, { to: 'us' }] })
    const difference = differ({ steer: steer('eu'), networks }, { steer: steer('ap'), networks })
    expect(told(difference)).toEqual([
      'A network office: eu 100.0 → ap 100.0',
      'AAAA network office: eu 100.0 → ap 100.0',
    ])
  })

  test('of a network that only one of the two knows is found', () => {
    const steer = { geo: [{ where: ['country US'], to: 'us' }, { to: 'eu' }] }
    const networks = [{ cidr: '12.7.0.0/16', country: 'US' }]
    const difference = differ({ steer }, { steer, networks })
    expect(told(difference)).toContain('A country US (IPv4): eu 100.0 → us 100.0')
    // The rest of France is cut to pieces by it: the same answer holds for narrower prefixes, which goes without saying.
    expect(difference.steered.filter(({ kinds }) => kinds.join() === 'scope')).toEqual([])
  })

  test('of scopes alone is found where no answer differs', () => {
    const networks = [{ cidr: '12.7.0.0/24', name: 'office' }]
    const steer = (to: Branch) => ({ geo: [{ where: ['network office'], to }, { to: 'us' }] })
    const { steered } = differ({ steer: steer('us'), networks }, { steer: steer({ failover: ['us', 'eu'] }), networks })
    expect(steered.map(({ type, kinds }) => `${type} ${kinds.join()}`)).toEqual(['A scope', 'AAAA scope'])
    expect([...steered[0]!.scopes]).toContain('/0 → /24')
  })

  test('shows with a pool down that does not show without', () => {
    const [old, fresh] = [{ steer: { failover: ['eu', 'us'] } }, { steer: { failover: ['eu', 'ap'] } }]
    expect(told(differ(old, fresh))).toEqual([])
    expect(told(differ(old, fresh, ['eu']))).toContain('A everybody: us 100.0 → ap 100.0')
  })

  test('of a target within the same pool is one of records, not of pools', () => {
    const pool = (addresses: readonly string[]) => ({ eu: { targets: addresses.map((address) => ({ address })) } })
    const old = { steer: 'eu', pools: pool(['192.0.2.1', '192.0.2.2']) }
    const fresh = { steer: 'eu', pools: pool(['192.0.2.1', '192.0.2.3']) }
    const [first] = differ(old, fresh).steered
    expect(first!.kinds).toEqual(['answer'])
    expect([...first!.new.records.values()].map(({ label, share }) => [label, share])).toEqual(
      expect.arrayContaining([
        ['192.0.2.1', 0.5],
        ['192.0.2.3', 0.5],
      ]),
    )
  })

  test('of the TTL alone says so', () => {
    const [first] = differ({ steer: 'eu' }, { steer: 'eu', ttl: '60s' }).steered
    expect(first).toMatchObject({ kinds: ['ttl'], old: { ttlSec: [30, 30] }, new: { ttlSec: [60, 60] } })
  })

  test('of static records, of a name that goes and of one that comes', () => {
    const difference = differ(
      { steer: 'eu', records: { mail: { A: '192.0.2.25' }, gone: { TXT: 'x' } } },
      { steer: 'eu', records: { mail: { A: ['192.0.2.26', '192.0.2.25'] }, fresh: { TXT: 'y' } } },
    )
    expect(difference.static.map(({ name, type, old, new: now }) => [name, type, old[0], now[0]])).toEqual([
      ['mail.example.com.', 'A', undefined, expect.stringContaining('192.0.2.26')],
      ['gone.example.com.', 'TXT', expect.stringContaining('"x"'), expect.stringContaining('NXDOMAIN')],
      ['fresh.example.com.', 'TXT', expect.stringContaining('NXDOMAIN'), expect.stringContaining('"y"')],
    ])
  })

  test('a name that becomes steered is one for everybody', () => {
    const difference = differ({ steer: 'eu' }, { steer: 'eu', records: { mail: { service: 'web' } } })
    expect(difference.steered.map(({ name, type, classes }) => [name, type, classes.length])).toEqual([
      ['mail.example.com.', 'A', difference.classes.length],
      ['mail.example.com.', 'AAAA', difference.classes.length],
    ])
  })
})

test('several of many targets are too many outcomes: they are sampled, and equal samples are no difference', () => {
  const targets = Array.from({ length: 12 }, (_, i) => ({ address: `192.0.2.${i + 1}` }))
  const configuration = { steer: 'eu', pools: { eu: { answers: 6, targets } } }
  const difference = differ(configuration, configuration)
  expect(difference.isExact).toBe(false)
  expect(told(difference)).toEqual([])
})
