// Operators and their nodes in virtual time: a store on a shelf that may be out of reach, a disk that may fail, and clocks that jump.

import { describe, expect, test } from 'vitest'
import type { RowPlan } from '../../src/app/keeper.ts'
import { openOperator, type Operator } from '../../src/app/operator.ts'
import {
  allInForce,
  type Book,
  effectOn,
  MAX_ENTRIES,
  mergeEntry,
  openBook,
} from '../../src/core/health/override-book.ts'
import { Failure } from '../../src/core/base/failure.ts'
import type { Order } from '../../src/io/control/node.ts'
import { createShelf, openMemoryStore, type Shelf } from '../../src/io/store/memory.ts'
import type { StateFolder } from '../../src/io/store/state-folder.ts'
import type { Store } from '../../src/io/store/store.ts'
import { entry, wallMs } from '../core/health/orders.ts'
import { keepLog } from '../io/store/samples.ts'

function row(scope: string, pool: string, target: string, isDrained = false): RowPlan {
  return { scope, pool, target, region: undefined, subject: undefined, pace: undefined, isDrained }
}

const rows = [
  row('example.com', 'eu', '192.0.2.10'),
  row('example.com', 'eu', '2001:db8::10'),
  row('example.com', 'us', '198.51.100.10', true),
  row('example.net', 'eu', '203.0.113.10'),
  row('*', 'spare', '203.0.113.10'),
]

interface Disk {
  readonly texts: Map<string, string>
  readonly setAside: string[]
  isFull: boolean
}

interface Link {
  isUp: boolean
  /** So many of the next reads and publications are not answered in time. */
  misses?: number
}

interface TestNode {
  readonly name: string
  readonly operator: Operator
  readonly book: Book
  readonly disk: Disk
  readonly log: ReturnType<typeof keepLog>
  /** Whether the node reaches the store. */
  link: Link
  /** By how much its wall clock is wrong. */
  readonly skew: { ms: number }
  changes: { count: number }
  drained(): string[]
}

function fleet() {
  const clock = { ms: 0 }
  const shelf = createShelf()
  const now = (): number => clock.ms
  const open = (name: string, disk: Disk = { texts: new Map(), setAside: [], isFull: false }): TestNode => {
    const log = keepLog()
    const link: Link = { isUp: true }
    const skew = { ms: 0 }
    const changes = { count: 0 }
    const book = openBook()
    let ids = 0
    const operator = openOperator({
      node: name,
      answers: true,
      run: wallMs + clock.ms,
      book,
      store: linked(shelf, link, now),
      folder: folderOn(disk),
      log,
      rows: () => rows,
      onChange: () => void changes.count++,
      now,
      wallNow: () => wallMs + clock.ms + skew.ms,
      newId: () => `${name}-${clock.ms}-${ids++}`,
      pause: async (ms) => {
        clock.ms += ms
        await settled()
      },
    })
    operator.remember()
    const drained = (): string[] =>
      rows
        .filter((one) => effectOn(book, one, clock.ms).isDrained)
        .map(({ scope, pool, target }) => `${scope}/${pool}/${target}`)
    return { name, operator, book, disk, log, link, skew, changes, drained }
  }
  return { clock, shelf, open }
}

/** A store that is out of reach while the link is down. */
function linked(shelf: Shelf, link: Link, now: () => number): Store {
  const store = openMemoryStore({ now, log: keepLog() }, shelf)
  const isAnswered = (): boolean => {
    if (!link.misses) return link.isUp
    link.misses--
    return false
  }
  return {
    ...store,
    kind: 'linked',
    publishOverrides: async (replica) => isAnswered() && store.publishOverrides(replica),
    readOverrides: async () => (isAnswered() ? store.readOverrides() : undefined),
    onHint: (listener) => store.onHint(() => link.isUp && listener()),
  }
}

function folderOn(disk: Disk): StateFolder {
  return {
    path: 'state/ns',
    read: (name) => disk.texts.get(name),
    async write(name, text) {
      if (disk.isFull) throw new Failure('state-unwritable', 'no space left')
      disk.texts.set(name, text)
    },
    setAside: (name) => {
      disk.setAside.push(name)
      disk.texts.delete(name)
    },
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

const who = { author: 'ada', why: 'kernel update', from: '127.0.0.1' }
const drain = (subject: string, parts: { forMs?: number; fadeMs?: number } = {}): Order => ({
  act: 'drain',
  subjects: [subject],
  forMs: parts.forMs ?? 600_000,
  fadeMs: parts.fadeMs,
  ...who,
})
const undrain = (subject: string): Order => ({ act: 'undrain', subjects: [subject], ...who, author: 'bob', why: '' })

const eu = ['example.com/eu/192.0.2.10', 'example.com/eu/2001:db8::10']

describe('names', () => {
  test.each<[string, string[]]>([
    ['example.com/eu', eu],
    ['192.0.2.10', [eu[0]!]],
    ['eu/192.0.2.10', [eu[0]!]],
    ['example.com/eu/192.0.2.10', [eu[0]!]],
    ['2001:DB8:0::10', [eu[1]!]],
    ['eu/2001:db8:0:0::10', [eu[1]!]],
    ['spare', ['*/spare/203.0.113.10']],
    ['*/spare', ['*/spare/203.0.113.10']],
    ['spare/203.0.113.10', ['*/spare/203.0.113.10']],
  ])('%s', async (text, expected) => {
    const node = fleet().open('ns1')
    expect(await node.operator.order(drain(text))).toMatchObject({ ok: true })
    expect(node.drained()).toEqual(expected)
  })

  test.each([
    ['eu', 'conflict', /^expected one of example\.com\/eu, example\.net\/eu, found "eu", which may mean each of them$/],
    [
      '203.0.113.10',
      'conflict',
      /^expected one of example\.net\/eu\/203\.0\.113\.10, \*\/spare\/203\.0\.113\.10, found/,
    ],
    ['spar', 'not-found', /^expected the name of a pool or target, .* found "spar" \(did you mean "spare"\?\)$/],
    ['192.0.2.99', 'not-found', /found "192\.0\.2\.99"/],
  ])('%s: %s', async (text, wrong, error) => {
    const node = fleet().open('ns1')
    const said = await node.operator.order(drain(text))
    expect(said).toEqual({ ok: false, wrong, error: expect.stringMatching(error) })
    expect([node.drained(), node.changes.count, node.log.lines]).toEqual([[], 0, []])
  })

  test('of several with one that is wrong, nothing is done', async () => {
    const node = fleet().open('ns1')
    const said = await node.operator.order({ ...drain('x'), subjects: ['spare', 'nowhere'] })
    expect(said).toMatchObject({ ok: false, wrong: 'not-found' })
    expect(node.drained()).toEqual([])
  })

  test('a drill and a return are of pools', async () => {
    const node = fleet().open('ns1')
    for (const order of [{ act: 'drill', forMs: 1000 }, { act: 'return' }] as const) {
      const said = await node.operator.order({ ...order, subjects: ['192.0.2.10'], ...who })
      expect(said).toEqual({ ok: false, wrong: 'not-found', error: expect.stringContaining('that is a target') })
    }
  })
})

describe('an order', () => {
  test('is in force at once, whatever disk and store do', () => {
    const node = fleet().open('ns1')
    node.link.isUp = false
    node.disk.isFull = true
    void node.operator.order(drain('example.com/eu'))
    expect(node.drained()).toEqual(eu)
    expect(node.changes.count).toBe(1)
  })

  test('says where it is not kept and not shared, and both follow when they can', async () => {
    const node = fleet().open('ns1')
    node.link.isUp = false
    node.disk.isFull = true
    expect(await node.operator.order(drain('spare'))).toMatchObject({ ok: true, isShared: false })
    expect(node.operator.unkept()).toContain('no space left')
    await node.operator.tick()
    await node.operator.tick()
    expect(node.log.lines.filter(({ message }) => message.includes('cannot be kept'))).toHaveLength(1)
    Object.assign(node.link, { isUp: true })
    node.disk.isFull = false
    await node.operator.tick()
    expect(node.operator.unkept()).toBeUndefined()
    expect(node.disk.texts.get('overrides.json')).toContain('"spare"')
    expect(node.log.lines.at(-1)?.message).toBe('overrides are kept on disk again')
  })

  test('goes into the log: who, what, until when, why, from where', async () => {
    const node = fleet().open('ns1')
    await node.operator.order(drain('spare'))
    await node.operator.order({ act: 'drill', subjects: ['spare'], forMs: 60_000, ...who })
    await node.operator.order(undrain('spare'))
    expect(node.log.lines.map(({ message, fields }) => [message, fields])).toEqual([
      ['ada drains */spare', { override: 'drain of */spare until 2023-11-14T22:23:20Z', ...who }],
      ['ada drills */spare', { override: 'drill of */spare until 2023-11-14T22:14:20Z', ...who }],
      [
        'bob undrains */spare',
        {
          override: 'drain of */spare until 2023-11-14T22:23:20Z',
          before: 'drain of */spare until 2023-11-14T22:23:20Z',
          ...who,
          author: 'bob',
          why: '',
        },
      ],
    ])
  })

  test('ends by itself, and the log says so once', async () => {
    const { clock, open } = fleet()
    const node = open('ns1')
    await node.operator.order(drain('spare', { forMs: 60_000 }))
    clock.ms = 59_999
    await node.operator.tick()
    expect(node.drained()).toEqual(['*/spare/203.0.113.10'])
    clock.ms = 60_000
    const before = node.changes.count
    await node.operator.tick()
    await node.operator.tick()
    expect(node.drained()).toEqual([])
    expect(node.changes.count).toBe(before + 1)
    expect(node.log.lines.slice(1).map(({ message }) => message)).toEqual([
      'the drain of */spare is over: its time has come',
    ])
  })

  test('given again changes the end and nothing else', async () => {
    const { clock, open } = fleet()
    const node = open('ns1')
    await node.operator.order(drain('spare', { fadeMs: 100_000 }))
    clock.ms = 50_000
    await node.operator.order(drain('spare', { forMs: 5_000_000 }))
    expect(allInForce(node.book, clock.ms)).toMatchObject([{ startMs: 0, endMs: 5_050_000, override: { version: 2 } }])
    expect(effectOn(node.book, rows[4]!, clock.ms).fade).toBe(500)
  })

  test('may cut a fade short, and may not begin one again', async () => {
    const { clock, open } = fleet()
    const node = open('ns1')
    await node.operator.order(drain('spare', { fadeMs: 100_000 }))
    clock.ms = 50_000
    expect(await node.operator.order(drain('spare', { fadeMs: 300_000 }))).toMatchObject({
      ok: false,
      wrong: 'conflict',
    })
    await node.operator.order(drain('spare', { fadeMs: 0 }))
    expect(node.drained()).toEqual(['*/spare/203.0.113.10'])
    const [{ override } = { override: undefined }] = allInForce(node.book, clock.ms)
    clock.ms = 60_000
    await node.operator.order(drain('spare', { fadeMs: 0 }))
    // Drained already: still the same drain.
    expect(allInForce(node.book, clock.ms)[0]!.override).toMatchObject({
      id: override!.id,
      sinceSec: override!.sinceSec,
    })
  })

  test.each([
    ['spare', '*/spare is not drained'],
    ['us', 'example.com/us is drained in the configuration, which only a change of the file ends'],
    [
      '198.51.100.10',
      'example.com/us/198.51.100.10 is drained in the configuration, which only a change of the file ends',
    ],
    ['192.0.2.10', 'example.com/eu/192.0.2.10 is drained with its pool: undrain example.com/eu'],
  ])('to undrain %s where there is nothing to take back: %s', async (subject, error) => {
    const node = fleet().open('ns1')
    await node.operator.order(drain('example.com/eu'))
    expect(await node.operator.order(undrain(subject))).toEqual({ ok: false, wrong: 'conflict', error })
  })

  test('about what has left the configuration can be taken back', async () => {
    const { shelf, open } = fleet()
    const node = open('ns1')
    await node.operator.order(drain('spare'))
    const gone = openOperator({
      node: 'ns2',
      answers: true,
      run: 1,
      book: openBook(),
      store: linked(shelf, { isUp: true }, () => 0),
      folder: folderOn({ texts: new Map(), setAside: [], isFull: false }),
      log: keepLog(),
      rows: () => [],
      onChange: () => undefined,
      now: () => 0,
      wallNow: () => wallMs,
      newId: () => 'x',
      pause: () => settled().then(() => undefined),
    })
    await gone.tick()
    expect(await gone.order(undrain('*/spare'))).toMatchObject({ ok: true })
    await node.operator.tick()
    expect(node.drained()).toEqual([])
  })

  test('is refused by a node that stops', async () => {
    const node = fleet().open('ns1')
    await node.operator.stop()
    expect(await node.operator.order(drain('spare'))).toMatchObject({ ok: false, wrong: 'stopping' })
  })
})

describe('two nodes', () => {
  test('know of each other’s orders before the operator has the reply', async () => {
    const { open } = fleet()
    const [here, there] = [open('ns1'), open('ns2')]
    for (const node of [here, there, here, there]) await node.operator.tick()
    await here.operator.order(drain('example.com/eu'))
    expect(there.drained()).toEqual(eu)
    expect(here.operator.peers.has('ns2', allInForce(here.book, 0)[0]!.override)).toBe(true)
    await there.operator.order(undrain('example.com/eu'))
    expect(here.drained()).toEqual([])
    expect(there.log.lines.map(({ message, fields }) => [message, fields['node']])).toEqual([
      ['ada drains example.com/eu', 'ns1'],
      ['bob undrains example.com/eu', undefined],
    ])
  })

  test('by the next tick, where the hint was lost', async () => {
    const { open } = fleet()
    const [here, there] = [open('ns1'), open('ns2')]
    for (const node of [here, there]) await node.operator.tick()
    there.link.isUp = false
    const ordered = here.operator.order(drain('spare'))
    await settled()
    there.link.isUp = true
    await ordered
    await there.operator.tick()
    expect(there.drained()).toEqual(['*/spare/203.0.113.10'])
  })

  test.each([
    ['the node that took it', 'first'],
    ['the other', 'second'],
  ] as const)('without a tick, where the store was slow for a moment at %s', async (_, slow) => {
    const { open } = fleet()
    const nodes = { first: open('ns1'), second: open('ns2') }
    for (const { operator } of [nodes.first, nodes.second, nodes.first]) await operator.tick()
    nodes[slow].link.misses = 3
    await nodes.first.operator.order(drain('example.com/eu'))
    // The pauses between tries end at once here; nobody ticks.
    for (let i = 0; i < 20; i++) await settled()
    expect(nodes.second.drained()).toEqual(eu)
    expect(nodes[slow].link.misses).toBe(0)
  })

  test('a store that stays away is not asked more and more often', async () => {
    const { open } = fleet()
    const node = open('ns1')
    await node.operator.tick()
    node.link.misses = 1000
    await node.operator.order(drain('example.com/eu'))
    for (let i = 0; i < 50; i++) await settled()
    const asked = 1000 - node.link.misses
    expect(asked).toBeGreaterThan(3)
    expect(asked).toBeLessThan(15)
    for (let i = 0; i < 50; i++) await settled()
    expect(1000 - node.link.misses).toBe(asked)
  })

  test('an order of the time without the store is in force there, and reaches the other with the store', async () => {
    const { clock, open } = fleet()
    const [here, there] = [open('ns1'), open('ns2')]
    for (const node of [here, there]) await node.operator.tick()
    here.link.isUp = false
    await here.operator.order(drain('spare'))
    clock.ms += 30_000
    for (const node of [here, there]) await node.operator.tick()
    expect([here.drained(), there.drained()]).toEqual([['*/spare/203.0.113.10'], []])
    here.link.isUp = true
    for (const node of [here, there]) await node.operator.tick()
    expect(there.drained()).toEqual(['*/spare/203.0.113.10'])
    // It ends for both at the same time.
    clock.ms = 600_000
    expect([here.drained(), there.drained()]).toEqual([[], []])
  })

  test('one that slept through an undrain does not bring the drain back', async () => {
    const { clock, open } = fleet()
    const [here, there] = [open('ns1'), open('ns2')]
    for (const node of [here, there]) await node.operator.tick()
    await here.operator.order(drain('spare', { forMs: 3_600_000 }))
    there.link.isUp = false
    await here.operator.order(undrain('spare'))
    clock.ms += 1_800_000
    // Its own copy in the store is old as well.
    for (const node of [here, there]) await node.operator.tick()
    expect([here.drained(), there.drained()]).toEqual([[], ['*/spare/203.0.113.10']])
    there.link.isUp = true
    for (const node of [there, here, there]) await node.operator.tick()
    expect([here.drained(), there.drained()]).toEqual([[], []])
  })

  test('both ordering about the same thing while apart agree in the end', async () => {
    const { open } = fleet()
    const [here, there] = [open('ns1'), open('ns2')]
    for (const node of [here, there]) await node.operator.tick()
    here.link.isUp = false
    there.link.isUp = false
    await here.operator.order(drain('spare', { forMs: 1_000_000 }))
    await there.operator.order(drain('spare', { forMs: 50_000 }))
    here.link.isUp = true
    there.link.isUp = true
    for (const node of [here, there, here]) await node.operator.tick()
    const ends = [here, there].map(({ book }) => allInForce(book, 0).map(({ endMs }) => endMs))
    expect(ends).toEqual([[50_000], [50_000]])
  })

  test('a wall clock that jumps by an hour on one of them changes nothing of what is in force', async () => {
    const { clock, open } = fleet()
    const [here, there] = [open('ns1'), open('ns2')]
    for (const node of [here, there]) await node.operator.tick()
    await here.operator.order(drain('spare', { forMs: 1_800_000 }))
    for (const ms of [3_600_000, -3_600_000, 0]) {
      there.skew.ms = ms
      clock.ms += 1000
      for (const node of [here, there, here]) await node.operator.tick()
      expect([here.drained(), there.drained()]).toEqual([['*/spare/203.0.113.10'], ['*/spare/203.0.113.10']])
    }
    clock.ms = 1_800_000
    expect([here.drained(), there.drained()]).toEqual([[], []])
  })
})

describe('the disk', () => {
  test('remembers what is in force, without the store', async () => {
    const { clock, open } = fleet()
    const node = open('ns1')
    await node.operator.order(drain('spare', { fadeMs: 100_000 }))
    clock.ms = 50_000
    const again = open('ns1', node.disk)
    expect(effectOn(again.book, rows[4]!, clock.ms).fade).toBe(500)
    expect(again.changes.count).toBe(1)
    expect(again.log.lines).toMatchObject([{ fields: { overrides: ['drain of */spare until 2023-11-14T22:23:20Z'] } }])
    clock.ms = 600_000
    expect(allInForce(again.book, clock.ms)).toEqual([])
  })

  test('remembers what was taken back as well', async () => {
    const { open } = fleet()
    const [here, there] = [open('ns1'), open('ns2')]
    for (const node of [here, there]) await node.operator.tick()
    await here.operator.order(drain('spare'))
    await there.operator.tick()
    there.link.isUp = false
    await here.operator.order(undrain('spare'))
    // Everything is lost but the disks: the store is empty, and both restart.
    const later = fleet()
    const [mine, theirs] = [later.open('ns1', here.disk), later.open('ns2', there.disk)]
    expect([mine.drained(), theirs.drained()]).toEqual([[], ['*/spare/203.0.113.10']])
    for (const node of [theirs, mine, theirs]) await node.operator.tick()
    expect([mine.drained(), theirs.drained()]).toEqual([[], []])
  })

  test('what nobody understands is set aside, said, and not obeyed', () => {
    const disk: Disk = { texts: new Map([['overrides.json', '["overrides/9"]']]), setAside: [], isFull: false }
    const node = fleet().open('ns1', disk)
    expect([node.drained(), disk.setAside]).toEqual([[], ['overrides.json']])
    expect(node.log.lines).toMatchObject([{ level: 'error', fields: { code: 'state-garbled' } }])
  })

  test('learns of the orders of others', async () => {
    const { open } = fleet()
    const [here, there] = [open('ns1'), open('ns2')]
    for (const node of [here, there]) await node.operator.tick()
    await here.operator.order(drain('spare'))
    await there.operator.tick()
    expect(there.disk.texts.get('overrides.json')).toContain('"spare"')
  })
})

describe('a book that is full', () => {
  const fill = (node: TestNode, count: number, from: string): void => {
    const orders = Array.from({ length: count }, (_, i) => entry({ pool: `${from}-${i}`, id: `${from}-${i}` }))
    for (const each of orders) mergeEntry(node.book, each, { nowMs: 0, wallMs })
  }

  test('takes no order that would make it fuller, be it one of several', async () => {
    const node = fleet().open('ns1')
    fill(node, MAX_ENTRIES - 1, 'old')
    const both = { ...drain('spare'), subjects: ['spare', '192.0.2.10'] }
    expect(await node.operator.order(both)).toMatchObject({ ok: false, wrong: 'conflict' })
    expect(node.drained()).toEqual([])
    const twice = { ...drain('spare'), subjects: ['spare', '*/spare'] }
    expect(await node.operator.order(twice)).toMatchObject({ ok: true })
    expect(await node.operator.order(drain('192.0.2.10'))).toMatchObject({ ok: false, wrong: 'conflict' })
  })

  test('by the orders of others leaves on the disk what was there, and says so', async () => {
    const { open } = fleet()
    const [here, there] = [open('ns1'), open('ns2')]
    for (const node of [here, there]) await node.operator.tick()
    await here.operator.order(drain('spare'))
    fill(there, MAX_ENTRIES - 1, 'other')
    await there.operator.tick()
    await there.operator.tick()
    expect(here.book.held.size).toBe(MAX_ENTRIES)
    fill(here, 1, 'more')
    await here.operator.order(drain('spare', { forMs: 1_200_000 }))
    expect(here.disk.texts.get('overrides.json')).toContain('"spare"')
    expect(here.operator.unkept()).toBe(`too many orders, or too long ones, to be kept: ${MAX_ENTRIES + 1}`)
  })
})

describe('what the store holds of a node', () => {
  test('is read before it is written over, by a node that has lost its disk', async () => {
    const { open } = fleet()
    const node = open('ns1')
    await node.operator.tick()
    await node.operator.order(drain('spare'))
    const again = open('ns1')
    again.link.isUp = false
    await again.operator.tick()
    expect(again.drained()).toEqual([])
    again.link.isUp = true
    // The first thing that happens is an order about something else.
    await again.operator.order(drain('example.com/eu'))
    expect(again.drained()).toEqual([...eu, '*/spare/203.0.113.10'])
  })

  test('says that a node which stops answers no more', async () => {
    const { open } = fleet()
    const [here, there] = [open('ns1'), open('ns2')]
    for (const node of [here, there, here]) await node.operator.tick()
    expect(here.operator.peers.list(0)).toEqual([{ node: 'ns2', answers: true, silentMs: 0 }])
    await there.operator.stop()
    await here.operator.tick()
    expect(here.operator.peers.list(0)).toMatchObject([{ node: 'ns2', answers: false }])
  })
})
