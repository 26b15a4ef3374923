// Which services are said to answer by `all_down`, and what the log is told on entering and leaving.

import { expect, test } from 'vitest'
import { openAllDownWatch } from '../../src/app/all-down.ts'
import type { Log } from '../../src/io/telemetry/log.ts'
import { makeWorld } from '../support/snapshot.ts'

function stage() {
  const world = makeWorld({
    pools: { eu: { targets: ['203.0.113.1', '2001:db8::1'] }, us: { targets: ['203.0.113.2', '2001:db8::2'] } },
    services: {
      web: { failover: ['eu', 'us'] },
      geo: {
        ttl: 30,
        allDown: 'closed',
        steer: { geo: [{ where: ['country DE'], to: 'eu', fence: true }, { to: 'us' }] },
      },
    },
    owners: { www: 'web', geo: 'geo' },
  })
  const said: string[] = []
  const say =
    (level: string) =>
    (_fields: object, text: string): void =>
      void said.push(`${level}: ${text}`)
  let nowMs = 0
  const watch = openAllDownWatch({ warn: say('warn'), info: say('info') } as unknown as Log, () => nowMs)
  const given = new Map<string, number>()
  return {
    world,
    given,
    /** What is in force, and what the log was told of it. */
    look(afterMs: number) {
      nowMs += afterMs
      said.length = 0
      watch.look(world.bound, world.names.zones, world.names.steering, given)
      const inForce = watch
        .services()
        .flatMap(({ isInForce, service, mode }) => (isInForce ? `${service} ${mode}` : []))
      return { inForce, said: [...said] }
    },
  }
}

test('by the board: from the moment on at which nothing is usable, for one type at least, and said once', () => {
  const { world, look } = stage()
  expect(look(0)).toEqual({ inForce: [], said: [] })
  world.set('203.0.113.1', 'down')
  expect(look(1000)).toEqual({ inForce: [], said: [] })
  world.set('203.0.113.2', 'down')
  expect(look(1000)).toEqual({
    inForce: ['web open', 'geo closed'],
    said: [
      'warn: nothing of service web in example.com is usable: all_down open is in force',
      'warn: nothing of service geo in example.com is usable: all_down closed is in force',
    ],
  })
  expect(look(1000).said).toEqual([])
  world.set('203.0.113.1', 'up')
  expect(look(1000)).toEqual({
    inForce: ['geo closed'],
    said: ['info: service web in example.com answers by its policies again: all_down open has ended'],
  })
})

test('by what was answered: clients whom a fence leaves alone are seen as well', () => {
  const { world, look, given } = stage()
  world.set('203.0.113.1', 'down')
  expect(look(1000).inForce).toEqual([])
  given.set('example.com geo closed', 3)
  expect(look(1000)).toMatchObject({ inForce: ['geo closed'], said: [expect.stringContaining('is in force')] })
  expect(look(9000).inForce).toEqual(['geo closed'])
  given.set('example.com geo closed', 4)
  expect(look(1000).inForce).toEqual(['geo closed'])
  expect(look(9999).inForce).toEqual(['geo closed'])
  expect(look(1)).toMatchObject({ inForce: [], said: [expect.stringContaining('has ended')] })
})
