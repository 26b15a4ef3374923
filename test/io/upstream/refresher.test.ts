// When names are asked for: in virtual time, with a resolver that says what it is told to.

import { expect, test } from 'vitest'
import { openRefresher, type Wanted } from '../../../src/io/upstream/refresher.ts'
import type { Outcome } from '../../../src/io/upstream/resolve.ts'

const a: Wanted = { name: 'a.net.', type: 1 }
const timing = { leastTtlSec: 5, mostTtlSec: 100 }

function said(ttlSec: number): Outcome {
  return { said: { kind: 'addresses', addresses: [], ttlSec }, resolver: 0 }
}

const failed: Outcome = { failed: 'no' }

/** A refresher whose clock is turned by hand. */
function open(answer: (wanted: Wanted, count: number) => Outcome | Promise<Outcome>) {
  const clock = { sec: 1000 }
  const asked: { sec: number; name: string }[] = []
  const told: string[] = []
  const refresher = openRefresher({
    nowSec: () => clock.sec,
    random: () => 0.5,
    resolve: async (wanted) => {
      asked.push({ sec: clock.sec, name: wanted.name })
      return answer(wanted, asked.length)
    },
    onSaid: (wanted, { untilSec }) => told.push(`${clock.sec} ${wanted.name} until ${untilSec}`),
    onFailed: (wanted, because, failures) => told.push(`${clock.sec} ${wanted.name} ${because} ${failures}`),
  })
  const turn = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      clock.sec++
      refresher.tick()
      await settled()
    }
  }
  return { clock, asked, told, refresher, turn }
}

/** All that is under way in this thread has gone as far as it goes. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('a name is asked for at once, and again when its time is over', async () => {
  const { refresher, turn, asked, told } = open(() => said(20))
  refresher.use([a], timing)
  expect(refresher.isSettled()).toBe(false)
  await settled()
  expect(refresher.isSettled()).toBe(true)
  await turn(45)
  expect(asked.map(({ sec }) => sec)).toEqual([1000, 1020, 1040])
  expect(told[1]).toBe('1020 a.net. until 1040')
})

test.each([
  ['no more often than the least', 0, [1000, 1005, 1010]],
  ['no less often than the most', 86_400, [1000, 1100, 1200]],
])('%s', async (_what, ttl, times) => {
  const { refresher, turn, asked } = open(() => said(ttl))
  refresher.use([a], timing)
  await settled()
  await turn(times.at(-1)! - 1000)
  expect(asked.map(({ sec }) => sec)).toEqual(times)
})

test('when others are to be asked, what comes of those before does not count', async () => {
  const answers: ((outcome: Outcome) => void)[] = []
  const { refresher, turn, asked, told } = open(() => new Promise((resolve) => answers.push(resolve)))
  refresher.use([a], timing)
  refresher.use([a], timing, true)
  answers[0]!(said(100))
  await settled()
  expect(told).toEqual([])
  await turn(1)
  expect(asked).toHaveLength(2)
  answers[1]!(said(50))
  await settled()
  expect(told).toEqual(['1001 a.net. until 1051'])
})

test('a name that asking has a bug with costs no other name', async () => {
  const b: Wanted = { name: 'b.net.', type: 1 }
  const { refresher, told } = open(({ name }) => {
    if (name === a.name) throw new RangeError('not a name')
    return said(20)
  })
  refresher.use([a, b], timing)
  await settled()
  expect(refresher.isSettled()).toBe(true)
  expect(told).toEqual(['1000 b.net. until 1020', '1000 a.net. asking itself failed: RangeError: not a name 1'])
})

test('after a failure it is asked for again and again, ever more slowly, and then as before', async () => {
  const { refresher, turn, asked, told } = open((_, count) => (count < 9 ? failed : said(50)))
  refresher.use([a], timing)
  await settled()
  await turn(250)
  expect(asked.map(({ sec }) => sec - 1000)).toEqual([0, 1, 3, 7, 15, 31, 63, 95, 127, 177, 227])
  expect(told[7]).toBe('1095 a.net. no 8')
  expect(told[8]).toBe('1127 a.net. until 1177')
})

test('one question at a time for each name, however long it takes', async () => {
  const gate = Promise.withResolvers<Outcome>()
  const { refresher, turn, asked } = open(() => gate.promise)
  refresher.use([a, { ...a, type: 28 }], timing)
  await turn(30)
  expect(asked).toHaveLength(2)
  gate.resolve(said(10))
  await settled()
  expect(refresher.isSettled()).toBe(true)
})

test('a thousand names are asked for, not all at the same time', async () => {
  let [now, most] = [0, 0]
  const { refresher, turn, asked } = open(async () => {
    most = Math.max(most, ++now)
    await settled()
    now--
    return said(100)
  })
  refresher.use(
    Array.from({ length: 1000 }, (_, i) => ({ name: `n${i}.`, type: 1 })),
    timing,
  )
  await turn(60)
  expect(new Set(asked.map(({ name }) => name)).size).toBe(1000)
  expect(most).toBe(64)
})

test('names that stay keep their times, new ones are asked for at once, and nothing is told of old ones', async () => {
  const gate = Promise.withResolvers<Outcome>()
  const { refresher, turn, asked, told } = open(({ name }) => (name === 'old.' ? gate.promise : said(50)))
  refresher.use([a, { name: 'old.', type: 1 }], timing)
  await settled()
  await turn(10)
  refresher.use([a, { name: 'b.net.', type: 1 }], timing)
  await settled()
  gate.resolve(said(50))
  await settled()
  const order = asked.map(({ sec, name }) => `${sec} ${name}`).toSorted()
  expect(order).toEqual(['1000 a.net.', '1000 old.', '1010 b.net.'])
  expect(told).toEqual(['1000 a.net. until 1050', '1010 b.net. until 1060'])
})

test('another resolver is asked at once, and so is everything after the clock went back', async () => {
  const { refresher, turn, asked, clock } = open(() => said(100))
  refresher.use([a], timing)
  await turn(10)
  refresher.use([a], timing, true)
  await settled()
  expect(asked.map(({ sec }) => sec)).toEqual([1000, 1010])
  clock.sec = 500
  await turn(1)
  expect(asked.at(-1)!.sec).toBe(501)
  await turn(20)
  expect(asked).toHaveLength(3)
})

test('after the close nothing is asked or told', async () => {
  const gate = Promise.withResolvers<Outcome>()
  const { refresher, turn, asked, told } = open(() => gate.promise)
  refresher.use([a], timing)
  refresher.close()
  gate.resolve(said(1))
  await turn(20)
  expect([asked.length, told]).toEqual([1, []])
})
