// diff, replay and simulate as operators run them: what they print, and how they end.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { diffCommand } from '../../src/cli/diff.ts'
import { replayCommand } from '../../src/cli/replay.ts'
import { simulateCommand } from '../../src/cli/simulate.ts'
import { openProgress } from '../../src/cli/progress.ts'
import { count, printPercent, printSome } from '../../src/cli/share-text.ts'
import { configure } from '../app/rehearsal/configurations.ts'
import { runMeridian } from '../support/meridian.ts'
import { run } from './printed.ts'

const weighted = (us: number, eu: number) => ({
  geo: [
    {
      where: ['country CA'],
      to: {
        weighted: [
          { to: 'us', weight: us },
          { to: 'eu', weight: eu },
        ],
      },
    },
    { to: 'eu' },
  ],
})

describe('diff', () => {
  test('prints a table, a summary, and ends with 1', async () => {
    using old = configure({ steer: weighted(90, 10), records: { mail: { A: '192.0.2.25' } } })
    using fresh = configure({ steer: weighted(80, 20), records: { mail: { A: '192.0.2.26' } } })
    const { out, code } = await run(diffCommand, old.path, `${fresh.path}/meridian.yaml`)
    expect(code).toBe(1)
    expect(out).toBe(`name               type     clients     old                     new
mail.example.com.  A        everybody   192.0.2.25, TTL 3600 s  192.0.2.26, TTL 3600 s
www.example.com.   A, AAAA  country CA  us 90.0 %, eu 10.0 %    us 80.0 %, eu 20.0 %

different: 2 of 2 steered names for 1 of 7 classes of clients (0.7 % of Internet users); 1 difference for everybody in 3 static record sets
`)
  })

  test('ends with 0 where nothing differs', async () => {
    using old = configure({ steer: 'eu' })
    const { out, code } = await run(diffCommand, old.path, old.path)
    expect({ out, code }).toEqual({
      out: 'no difference: 2 steered names for 7 classes of clients, and 3 static record sets are the same\n',
      code: 0,
    })
  })

  test('as JSON says the same', async () => {
    using old = configure({ steer: weighted(90, 10) })
    using fresh = configure({ steer: weighted(80, 20) })
    const { out, code } = await run(diffCommand, old.path, fresh.path, '--json')
    const { isDifferent, steered } = JSON.parse(out) as { isDifferent: boolean; steered: Record<string, unknown>[] }
    expect([code, isDifferent]).toEqual([1, true])
    expect(steered[0]).toMatchObject({
      name: 'www.example.com.',
      type: 'A',
      kinds: ['answer'],
      clients: ['country CA'],
    })
    expect(steered[0]!['new']).toMatchObject({ pools: { us: expect.closeTo(0.8, 9), eu: expect.closeTo(0.2, 9) } })
  })

  test('with a pool down in both; one that neither has is wrong usage', async () => {
    using old = configure({ steer: { failover: ['eu', 'us'] } })
    using fresh = configure({ steer: { failover: ['eu', 'ap'] } })
    expect((await run(diffCommand, old.path, fresh.path)).code).toBe(0)
    expect((await run(diffCommand, old.path, fresh.path, '--down', 'eu')).code).toBe(1)
    const { code, err } = await run(diffCommand, old.path, fresh.path, '--down', 'ue')
    expect(code).toBe(2)
    expect(err).toContain('error: --down: expected a pool or target with a check, found "ue" (did you mean "eu"?)')
  })

  test('prints the mistakes of a configuration, and ends with 1', async () => {
    using old = configure({ steer: 'eu' })
    using fresh = configure({ steer: 'ue' })
    const { code, out, err } = await run(diffCommand, old.path, fresh.path)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('expected the name of a pool or service, found "ue"')
  })
})

describe('replay', () => {
  const lines = ['www.example.com A 14.0.0.1', 'www.example.com A 11.0.0.1', 'oops', 'www.example.com AAAA 14.0.0.1']

  test('prints a line for each answer that differs, what they have in common, and ends with 1', async () => {
    using old = configure({ steer: weighted(1, 0) })
    using fresh = configure({ steer: weighted(0, 1) })
    const log = old.write('queries.log', `${lines.join('\n')}\n`)
    const { out, err, code } = await run(replayCommand, old.path, fresh.path, '--queries', log)
    expect(code).toBe(1)
    expect(out).toBe(`1  www.example.com A 14.0.0.1  us (198.51.100.1) → eu (192.0.2.1)
4  www.example.com AAAA 14.0.0.1  us (2001:db8:2::1) → eu (2001:db8:1::1)

name             type  from → to  queries  share
www.example.com  A     us → eu    1        33.3 %
www.example.com  AAAA  us → eu    1        33.3 %

different: 2 of 3 answers (66.7 %); 1 line could not be read
`)
    expect(err).toBe(`${log}:3: expected a name, a type and a client, found "oops"\n`)
  })

  test('as JSON is a line each, and the summary last', async () => {
    using old = configure({ steer: weighted(1, 0) })
    using fresh = configure({ steer: weighted(0, 1) })
    const log = old.write('queries.log', `${lines.join('\n')}\n`)
    const { out } = await run(replayCommand, old.path, fresh.path, '--queries', log, '--json')
    const printed = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(printed.map(({ line }) => line)).toEqual([1, 4, undefined])
    expect(printed[2]).toEqual({ summary: { queries: 3, different: 2, dice: 0, bad: 1 } })
  })

  test('ends with 0 where no answer differs, and with a failure where there is no log', async () => {
    using old = configure({ steer: 'eu' })
    const log = old.write('queries.log', 'www.example.com A 14.0.0.1\n')
    expect(await run(replayCommand, old.path, old.path, '--queries', log)).toEqual({
      out: 'no difference in 1 answers\n',
      err: '',
      code: 0,
    })
    await expect(run(replayCommand, old.path, old.path, '--queries', '/nowhere')).rejects.toThrow(
      'there is no such file',
    )
  })
})

describe('simulate', () => {
  test('prints the intervals, who was over capacity, and draws', async () => {
    using folder = configure({ steer: { failover: ['eu', 'us'] } })
    const config = ['--config', `${folder.path}/meridian.yaml`]
    const scenario = folder.write(
      'eu-fails.yaml',
      'start: "12:00"\nfor: 10m\nstep: 1m\ndemand: 1000\nclients: 500\ncapacity: { us: 600 }\nevents: [12:02 eu down, 12:06 eu up]\n',
    )
    const chart = `${folder.path}/chart.svg`
    const { out, code, err } = await run(simulateCommand, scenario, ...config, '--chart', chart)
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toMatch(/^time {6}eu {13}us {15}to the dead {2}what happens\n/)
    expect(out).toMatch(/\n12:02 .* 12:02 eu down, 12:02:19 eu is seen down\n/)
    expect(out).toMatch(/\n12:04 {7}0\.0 % {5}0 {2}100\.0 % {2}1000 !/)
    expect(out).toMatch(/\nover capacity: us from 12:02:\d\d to 12:06:\d\d, at worst 1000 of 600, 166\.7 %\n/)
    expect(out).toMatch(
      /\n\d+ clients behind \d+ resolvers \(Internet users by country: ITU .*2021\); \d+ questions reached/,
    )
    expect(readFileSync(chart, 'utf8')).toMatch(/^<svg /)
  })

  test('a chart that cannot be written takes nothing with it, and is a failure', async () => {
    using folder = configure({ steer: { failover: ['eu', 'us'] } })
    const config = ['--config', `${folder.path}/meridian.yaml`]
    const args = [...config, '--for', '2m', '--step', '1m', '--down', 'eu@1m']
    expect(await runMeridian(['simulate', ...args, '--chart', '/nowhere/chart.svg'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^time +eu +us +to the dead/),
      err: expect.stringMatching(/^file-unwritable: cannot write \/nowhere\/chart\.svg: /),
    })
  })

  test('by options alone, and as JSON; it ends with 0 where nobody is over capacity', async () => {
    using folder = configure({ steer: { failover: ['eu', 'us'] } })
    const args = [
      '--config',
      `${folder.path}/meridian.yaml`,
      '--down',
      'eu@1m',
      '--for',
      '3m',
      '--step',
      '1m',
      '--json',
    ]
    const { out, code } = await run(simulateCommand, ...args)
    const { intervals, happenings } = JSON.parse(out) as {
      intervals: { loads: object }[]
      happenings: { text: string }[]
    }
    expect(code).toBe(0)
    expect(intervals.map(({ loads }) => Object.keys(loads))).toEqual([
      ['eu', 'us'],
      ['eu', 'us'],
      ['eu', 'us'],
    ])
    expect(happenings.map(({ text }) => text)).toEqual(['eu down', 'eu is seen down'])
    expect((await run(simulateCommand, ...args)).out).toBe(out)
  })

  test.each([
    [['--down', 'eu'], 'error: --down: expected such as eu@5m, found "eu"'],
    [['--down', 'ue@1m'], 'error: expected a pool or target with a check, found "ue" (did you mean "eu"?)'],
    [['--name', 'mail.example.com'], 'error: mail.example.com has no service; there is www.example.com.'],
    [['--demand', 'much'], 'Expected a number above 0.'],
    [['--seed', '-1'], 'Expected a whole number.'],
  ])('%j is wrong usage', async (args, message) => {
    using folder = configure({ steer: { failover: ['eu', 'us'] } })
    const { code, err } = await run(simulateCommand, '--config', `${folder.path}/meridian.yaml`, ...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  test('a mistake in the scenario is told with its place, and ends with 1', async () => {
    using folder = configure({ steer: { failover: ['eu', 'us'] } })
    const scenario = folder.write('s.yaml', 'events:\n  - 5m eu dwon\n')
    const { code, err } = await run(simulateCommand, scenario, '--config', `${folder.path}/meridian.yaml`)
    expect(code).toBe(1)
    expect(err).toContain(`${scenario}:2:5 events[0]: expected a pool and one of down, up`)
  })
})

test('progress is silent for a second, then says where it is now and then', () => {
  let [now, said] = [0, '']
  const print = { out: () => undefined, err: (text: string) => void (said += `${text}\n`), exit: () => undefined }
  const progress = openProgress(print, 'names compared', () => now)
  for (const [at, done] of [
    [500, 1],
    [999, 2],
    [1100, 3],
    [1200, 4],
    [3200, 5],
  ] as const) {
    now = at
    progress(done, 9)
  }
  expect(said).toBe('3 of 9 names compared …\n5 of 9 names compared …\n')
})

test.each([
  [0.073, '7.3 %'],
  [1, '100.0 %'],
  [0, '0.0 %'],
  [0.00001, '<0.1 %'],
])('a share of %s is %s', (share, text) => expect(printPercent(share)).toBe(text))

test('few are listed, many are counted', () => {
  expect(printSome(['a', 'b', 'c', 'd'])).toBe('a, b, c, d')
  expect(printSome(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more')
  expect([count(1, 'class'), count(2, 'class'), count(3, 'name')]).toEqual(['1 class', '2 classes', '3 names'])
})
