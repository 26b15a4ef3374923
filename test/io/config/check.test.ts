// Documents against schemas of the kind that the configuration has: what is said about each mistake, and where it is said to be.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { printProblem } from '../../../src/core/base/problem.ts'
import { address, duration, endpoint, label, weight } from '../../../src/core/base/schema.ts'
import { checkDocument } from '../../../src/io/config/check.ts'
import { readDocument } from '../../../src/io/config/yaml.ts'

type Branch = string | { readonly [policy: string]: unknown }

const branch: z.ZodType<Branch> = z.lazy(() =>
  z.union([
    label(),
    z.strictObject({ failover: z.array(branch).min(1) }),
    z.strictObject({ nearest: z.array(branch).min(1) }),
    z.strictObject({ weighted: z.array(z.strictObject({ to: branch, weight: weight() })).min(1) }),
    z.strictObject({ geo: z.array(z.strictObject({ where: z.array(z.string()).optional(), to: branch })).min(1) }),
  ]),
)

const at = z.union([
  z.strictObject({ country: z.string().length(2) }),
  z.strictObject({ lat: z.number().min(-90).max(90), lon: z.number() }),
])

const timing = { every: duration().prefault('10s'), fall: z.int().min(1).max(100).default(3) }
const check = z.union([
  z.strictObject({
    http: z.strictObject({ port: z.int().min(1).max(65_535), path: z.string().default('/') }),
    ...timing,
  }),
  z.strictObject({ tcp: z.strictObject({ port: z.int().min(1).max(65_535) }), ...timing }),
])

const mx = z.string().transform((text, context) => {
  if (/^\d+ \S+$/.test(text)) return text
  context.addIssue({ code: 'custom', message: `MX: expected a preference and a name, found "${text}"` })
  return z.NEVER
})
const data = (one: z.ZodType) =>
  z.union([one, z.array(one), z.strictObject({ ttl: duration().optional(), data: z.union([one, z.array(one)]) })])

const schema = z.strictObject({
  zone: z.string().optional(),
  ttl: duration().optional(),
  listen: z.array(endpoint()).max(2).optional(),
  store: z.union([z.literal('memory'), z.strictObject({ redis: z.strictObject({ url: z.url() }) })]).optional(),
  records: z
    .record(
      z.string(),
      z.strictObject({
        MX: data(mx).optional(),
        A: data(address()).optional(),
        TXT: data(z.string()).optional(),
        service: label().optional(),
      }),
    )
    .optional(),
  checks: z.record(label(), check).optional(),
  pools: z
    .record(
      label(),
      z.strictObject({
        at: at.optional(),
        check: label().optional(),
        targets: z.array(z.strictObject({ address: address(), weight: weight().default(1) })).min(1),
      }),
    )
    .optional(),
  services: z
    .record(label(), z.strictObject({ all_down: z.enum(['open', 'closed', 'nodata']).default('open'), steer: branch }))
    .optional(),
  probes: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('ping') }),
      z.strictObject({ kind: z.literal('script'), run: z.string() }),
    ])
    .optional(),
  threads: z.union([z.literal('auto'), z.int().positive()]).optional(),
  hold: z.union([z.enum(['never', 'forever']), duration()]).optional(),
  log: z
    .strictObject({
      level: z.enum(['info', 'debug']),
      pretty: z.boolean().optional(),
      share: z.number().gt(0).lt(1).optional(),
    })
    .optional(),
})

function say(text: string, against: z.ZodType = schema): string[] {
  const { value, problems } = checkDocument(readDocument('m.yaml', text), against)
  expect(value === undefined).toBe(problems.length > 0)
  return problems.map(printProblem).map((line) => line.replace(/^m\.yaml:/, ''))
}

describe('a document without mistakes', () => {
  test('has its value, with defaults and transforms applied', () => {
    const text =
      'checks: { up: { tcp: { port: 80 } } }\nservices: { web: { steer: { failover: [eu, { nearest: [us] }] } } }'
    expect(checkDocument(readDocument('m.yaml', text), schema)).toEqual({
      problems: [],
      value: {
        checks: { up: { tcp: { port: 80 }, every: 10_000, fall: 3 } },
        services: { web: { all_down: 'open', steer: { failover: ['eu', { nearest: ['us'] }] } } },
      },
    })
  })
})

describe('values', () => {
  test.each([
    ['zone: 1.20', '1:7 zone: expected text, found the number 1.2 (quote it)'],
    ['zone: true', '1:7 zone: expected text, found true (quote it)'],
    ['zone:', '1:6 zone: expected text, found nothing'],
    ['zone: [a]', '1:7 zone: expected text, found a list'],
    ['zone: {}', '1:7 zone: expected text, found an empty map'],
    ['pools: x', '1:8 pools: expected a map, found "x"'],
    ['', '1:1: expected a map, found nothing'],
    ['- a', '1:1: expected a map, found a list'],
    ['ttl: 10', '1:6 ttl: expected a duration such as 30s, 5m or 1h30m, found the number 10 (write 10s)'],
    ['ttl: "10"', '1:6 ttl: expected a duration such as 30s, 5m or 1h30m, found "10" (write 10s)'],
    ['ttl: soon', '1:6 ttl: expected a duration such as 30s, 5m or 1h30m, found "soon"'],
    ['ttl: [1s]', '1:6 ttl: expected a duration such as 30s, 5m or 1h30m, found a list'],
    [
      'listen: ["::1:53"]',
      '1:10 listen[0]: expected an address and port such as 127.0.0.1:53 or "[::1]:53", found "::1:53"',
    ],
    [
      'listen: [53]',
      '1:10 listen[0]: expected an address and port such as 127.0.0.1:53 or "[::1]:53", found the number 53',
    ],
    ['listen: [[::1]:53]', undefined],
    [
      'listen: ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]',
      '1:9 listen: expected a list of at most 2 items, found a list of 3',
    ],
    ['listen: 127.0.0.1:53', '1:9 listen: expected a list, found "127.0.0.1:53" (write it in [ ])'],
    ['log: { level: debgu }', '1:15 log.level: expected one of info, debug, found "debgu" (did you mean "debug"?)'],
    ['log: { level: loud }', '1:15 log.level: expected one of info, debug, found "loud"'],
    ['log: { level: info, pretty: yes }', '1:29 log.pretty: expected true or false, found "yes"'],
    ['log: { level: info, share: 1 }', '1:28 log.share: expected a number above 0 and below 1, found the number 1'],
    ['threads: 0', '1:10 threads: expected a whole number of at least 1, found the number 0'],
    ['threads: 1.5', '1:10 threads: expected auto or a whole number of at least 1, found the number 1.5'],
    [
      'threads: atuo',
      '1:10 threads: expected auto or a whole number of at least 1, found "atuo" (did you mean "auto"?)',
    ],
    ['threads: []', '1:10 threads: expected auto or a whole number of at least 1, found an empty list'],
    [
      'hold: nevr',
      '1:7 hold: expected never, forever or a duration such as 30s, 5m or 1h30m, found "nevr" (did you mean "never"?)',
    ],
    [
      'hold: 5',
      '1:7 hold: expected never, forever or a duration such as 30s, 5m or 1h30m, found the number 5 (write 5s)',
    ],
  ])('%s', (text, problem) => {
    const said = say(text)
    if (problem === undefined) expect(said).not.toEqual([])
    else expect(said).toEqual([problem])
  })

  test('a text that could go on for long is cut, and stays on one line', () => {
    expect(say(`ttl: "${'a\\n'.repeat(100)}"`)[0]).toMatch(/^1:6 ttl: expected a duration .*, found "(a\\n)+a…"$/)
  })
})

describe('keys', () => {
  test.each([
    ['zoen: example.com', ['1:1 zoen: unknown key "zoen" (did you mean "zone"?)']],
    ['log: { levle: info }', ['1:8 log.levle: unknown key "levle" (did you mean "level"?)']],
    ['log: { level: info, colour: 1 }', ['1:21 log.colour: unknown key "colour" (known here: level, pretty, share)']],
    ['log: {}', ['1:1 log: missing key "level"']],
    ['pools:\n  eu:\n    at: { country: IE }', ['2:3 pools.eu: missing key "targets"']],
    [
      'pools:\n  eu:\n    wieght: 1\n    targets:\n      - adress: 192.0.2.1\n        wieght: 2\n      - weight: 1',
      [
        '3:5 pools.eu.wieght: unknown key "wieght" (known here: at, check, targets)',
        '5:9 pools.eu.targets[0].adress: unknown key "adress" (did you mean "address"?)',
        '6:9 pools.eu.targets[0].wieght: unknown key "wieght" (did you mean "weight"?)',
        '7:9 pools.eu.targets[1]: missing key "address"',
      ],
    ],
    [
      'pools:\n  "e u": { targets: [{ address: 192.0.2.1 }] }',
      ['2:3 pools.e u: expected a name of letters, digits, "-", "_" and ".", at most 63, found "e u"'],
    ],
    [
      'log: { level: info, constructor: 1 }',
      ['1:21 log.constructor: unknown key "constructor" (known here: level, pretty, share)'],
    ],
    [
      'log: { level: info, __proto__: 1 }',
      ['1:21 log.__proto__: unknown key "__proto__" (known here: level, pretty, share)'],
    ],
  ])('%s', (text, problems) => expect(say(text)).toEqual(problems))

  test('keys of a record with fixed keys', () => {
    const fixed = z.partialRecord(z.enum(['info', 'warn']), z.int())
    expect(say('inof: 1', fixed)).toEqual(['1:1 inof: unknown key "inof" (did you mean "info"?)'])
  })

  test('a duplicate key is reported beside all else', () => {
    expect(say('zone: a\nttl: 1\nzone: b')).toEqual([
      '2:6 ttl: expected a duration such as 30s, 5m or 1h30m, found the number 1 (write 1s)',
      '3:1 zone: expected each key once, found "zone" again (the first is in line 1)',
    ])
  })

  test('unreadable text has its syntax errors and no others', () => {
    expect(say('ttl: 1\nzone: [a')).toEqual([
      '2:9: expected "]", found the end of what is indented enough to be inside',
    ])
  })
})

describe('records: one datum, a list of them, or { ttl, data }', () => {
  test.each([
    ['MX: 10 mail', []],
    ['MX: mail', ['1:23 records.www.MX: MX: expected a preference and a name, found "mail"']],
    ['MX: 10', ['1:23 records.www.MX: expected text, a list or a map, found the number 10 (quote it)']],
    ['MX: [10 a, b]', ['1:30 records.www.MX[1]: MX: expected a preference and a name, found "b"']],
    [
      'MX: { ttl: 5, data: x }',
      [
        '1:30 records.www.MX.ttl: expected a duration such as 30s, 5m or 1h30m, found the number 5 (write 5s)',
        '1:39 records.www.MX.data: MX: expected a preference and a name, found "x"',
      ],
    ],
    ['MX: { tll: 5s, data: 10 x }', ['1:25 records.www.MX.tll: unknown key "tll" (did you mean "ttl"?)']],
    ['MX: { ttl: 5s }', ['1:19 records.www.MX: missing key "data"']],
    ['MX: { ttl: 5s, data: { a: 1 } }', ['1:40 records.www.MX.data: expected text or a list, found a map']],
    ['A: 192.0.2', ['1:22 records.www.A: expected an IP address, found "192.0.2"']],
    ['A: [192.0.2.1, 192.0.2.256]', ['1:34 records.www.A[1]: expected an IP address, found "192.0.2.256"']],
    ['A: 1.5', ['1:22 records.www.A: expected an IP address, a list or a map, found the number 1.5']],
    ['TXT: [a, 1]', ['1:28 records.www.TXT[1]: expected text, found the number 1 (quote it)']],
    ['MXX: 10 mail', ['1:19 records.www.MXX: unknown key "MXX" (did you mean "MX"?)']],
  ])('%s', (record, problems) => expect(say(`records: { www: { ${record} } }`)).toEqual(problems))
})

describe('maps that have exactly one of some keys', () => {
  test.each([
    [
      'checks: { up: { htpt: { port: 80 }, every: 10s } }',
      ['1:17 checks.up.htpt: expected one of http, tcp, found "htpt" (did you mean "http"?)'],
    ],
    ['checks: { up: { every: 10s } }', ['1:11 checks.up: missing key: one of http, tcp']],
    ['checks: { up: {} }', ['1:11 checks.up: missing key: one of http, tcp']],
    [
      'checks: { up: { every: 10 } }',
      [
        '1:11 checks.up: missing key: one of http, tcp',
        '1:24 checks.up.every: expected a duration such as 30s, 5m or 1h30m, found the number 10 (write 10s)',
      ],
    ],
    [
      'checks: { up: { tcp: { port: 0, x: 1 }, fall: many } }',
      [
        '1:30 checks.up.tcp.port: expected a whole number from 1 to 65535, found the number 0',
        '1:33 checks.up.tcp.x: unknown key "x" (known here: port)',
        '1:47 checks.up.fall: expected a whole number from 1 to 100, found "many"',
      ],
    ],
    [
      'checks: { up: { tcp: { port: 80 }, evry: 10s } }',
      ['1:36 checks.up.evry: unknown key "evry" (did you mean "every"?)'],
    ],
    [
      'checks: { up: { http: { port: 80 }, tcp: { prot: 80 } } }',
      [
        '1:37 checks.up.tcp: expected exactly one of http, tcp, found "http" and "tcp"',
        '1:44 checks.up.tcp.prot: unknown key "prot" (did you mean "port"?)',
      ],
    ],
    ['checks: { up: x }', ['1:15 checks.up: expected a map with one of http, tcp, found "x"']],
    [
      'pools: { eu: { at: { lat: 91, lon: x }, targets: [{ address: 192.0.2.1 }] } }',
      [
        '1:27 pools.eu.at.lat: expected a number from -90 to 90, found the number 91',
        '1:36 pools.eu.at.lon: expected a number, found "x"',
      ],
    ],
    ['pools: { eu: { at: { lat: 9 }, targets: [{ address: 192.0.2.1 }] } }', ['1:16 pools.eu.at: missing key "lon"']],
    [
      'pools: { eu: { at: { country: IRL }, targets: [{ address: 192.0.2.1 }] } }',
      ['1:31 pools.eu.at.country: expected text of 2 characters, found "IRL"'],
    ],
    ['store: redis', ['1:8 store: expected memory or a map, found "redis"']],
    ['store: 1', ['1:8 store: expected memory or a map, found the number 1']],
    ['store: { redis: { url: here } }', ['1:24 store.redis.url: expected a URL, found "here"']],
    ['probes: { kind: pnig }', ['1:17 probes.kind: expected one of ping, script, found "pnig" (did you mean "ping"?)']],
    ['probes: {}', ['1:1 probes: missing key "kind"']],
    ['probes: { kind: script, rnu: x }', ['1:25 probes.rnu: unknown key "rnu" (did you mean "run"?)']],
  ])('%s', (text, problems) => expect(say(text)).toEqual(problems))
})

describe('steering trees', () => {
  const policies = 'failover, nearest, weighted, geo'

  test.each([
    [
      '{ failovr: [eu] }',
      [`1:29 services.web.steer.failovr: expected one of ${policies}, found "failovr" (did you mean "failover"?)`],
    ],
    [
      '{ round_robin: [eu] }',
      [`1:29 services.web.steer.round_robin: expected one of ${policies}, found "round_robin"`],
    ],
    ['{}', [`1:20 services.web.steer: missing key: one of ${policies}`]],
    ['[eu]', [`1:27 services.web.steer: expected a name or a map with one of ${policies}, found a list`]],
    ['5', [`1:27 services.web.steer: expected a name or a map with one of ${policies}, found the number 5`]],
    [
      '"e u"',
      ['1:27 services.web.steer: expected a name of letters, digits, "-", "_" and ".", at most 63, found "e u"'],
    ],
    [
      '{ failover: [eu], nearest: [us] }',
      [`1:45 services.web.steer.nearest: expected exactly one of ${policies}, found "failover" and "nearest"`],
    ],
    [
      '{ failover: [eu], nearest: us }',
      [
        `1:45 services.web.steer.nearest: expected exactly one of ${policies}, found "failover" and "nearest"`,
        '1:54 services.web.steer.nearest: expected a list, found "us" (write [us])',
      ],
    ],
    [
      '{ failover: [eu], ttl: 5s }',
      ['1:45 services.web.steer.ttl: expected no other key beside "failover", found "ttl"'],
    ],
    [
      '{ failover: [5], ttl: 5s }',
      [
        `1:40 services.web.steer.failover[0]: expected a name or a map with one of ${policies}, found the number 5`,
        '1:44 services.web.steer.ttl: expected no other key beside "failover", found "ttl"',
      ],
    ],
    ['{ failover: eu }', ['1:39 services.web.steer.failover: expected a list, found "eu" (write [eu])']],
    ['{ failover: [] }', ['1:39 services.web.steer.failover: expected a list of at least 1 item, found an empty list']],
    [
      '{ weighted: [{ to: eu, weight: heavy }] }',
      ['1:58 services.web.steer.weighted[0].weight: expected a whole number from 0 to 1000000, found "heavy"'],
    ],
    [
      '{ weighted: [{ to: eu, wieght: 5 }] }',
      ['1:50 services.web.steer.weighted[0].wieght: unknown key "wieght" (did you mean "weight"?)'],
    ],
    ['{ weighted: [eu] }', ['1:40 services.web.steer.weighted[0]: expected a map, found "eu"']],
  ])('%s', (steer, problems) => expect(say(`services: { web: { steer: ${steer} } }`)).toEqual(problems))

  test('every mistake deep inside a tree has its own line', () => {
    const text = `services:
  web:
    all_down: opne
    steer:
      geo:
        - where: [continent EU]
          to:
            failover:
              - eu
              - wieghted:
                  - { to: us, weight: 1 }
              - weighted:
                  - { to: { nearest: [us, 7] }, weight: -1 }
                  - { to: us, weight: 1.5 }
                  - to: { nearest: [us], failover: [eu] }
                    weight: 1
        - { two: us }
`
    expect(say(text)).toEqual([
      '3:15 services.web.all_down: expected one of open, closed, nodata, found "opne" (did you mean "open"?)',
      `10:17 services.web.steer.geo[0].to.failover[1].wieghted: expected one of ${policies}, found "wieghted" (did you mean "weighted"?)`,
      `13:43 services.web.steer.geo[0].to.failover[2].weighted[0].to.nearest[1]: expected a name or a map with one of ${policies}, found the number 7`,
      '13:57 services.web.steer.geo[0].to.failover[2].weighted[0].weight: expected a whole number from 0 to 1000000, found the number -1',
      '14:39 services.web.steer.geo[0].to.failover[2].weighted[1].weight: expected a whole number from 0 to 1000000, found the number 1.5',
      `15:42 services.web.steer.geo[0].to.failover[2].weighted[2].to.failover: expected exactly one of ${policies}, found "nearest" and "failover"`,
      '17:13 services.web.steer.geo[1].two: unknown key "two" (did you mean "to"?)',
    ])
  })

  test('a mistake in shared settings stands where they are written, once for each use', () => {
    expect(say('pools:\n  eu: &eu\n    targets: [{ address: x }]\n  us: *eu')).toEqual([
      '3:26 pools.eu.targets[0].address: expected an IP address, found "x"',
      '3:26 pools.us.targets[0].address: expected an IP address, found "x"',
    ])
  })

  test('a tree as deep as a document may be is checked without trouble', () => {
    const depth = 45
    const tree = `${'{ failover: ['.repeat(depth)}5${'] }'.repeat(depth)}`
    const said = say(`services: { web: { steer: ${tree} } }`)
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(
      /^1:\d+ services\.web\.steer(\.failover\[0\]){45}: expected a name or a map .* found the number 5/,
    )
  })
})

describe('messages of a schema’s own', () => {
  const odd = z.strictObject({
    port: z.int({ error: 'expected a port' }),
    name: z.string().refine((text) => text !== 'root', 'root is taken'),
    both: z.union([z.int(), z.boolean()], { error: 'expected a number or a switch' }),
  })

  test.each([
    ['port: x', 'expected a port, found "x"'],
    ['name: root', 'root is taken'],
    ['both: x', 'expected a number or a switch, found "x"'],
  ])('%s: %s', (text, message) => expect(say(text, odd.partial())[0]).toBe(`1:7 ${text.slice(0, 4)}: ${message}`))

  test('a custom issue says where it stands and what to do', () => {
    const custom = z.strictObject({ pools: z.record(z.string(), z.int()) }).superRefine((_, context) => {
      context.addIssue({
        code: 'custom',
        path: ['pools', 'eu'],
        message: 'no service uses this pool',
        params: { at: 'key', hint: 'remove it' },
      })
      context.addIssue({ code: 'custom', path: ['pools', 'eu', 'nowhere'], message: 'is odd' })
    })
    expect(say('pools:\n  eu: 1', custom)).toEqual([
      '2:3 pools.eu: no service uses this pool (remove it)',
      '2:7 pools.eu.nowhere: is odd',
    ])
  })
})

test('whatever a document holds, it has either a value or problems in the operator’s words, each at a place in the file', () => {
  const keys = fc.constantFrom(
    ...'zone ttl listen store records checks pools services probes log up at lat to weight tcp http port failover weighted steer x'.split(
      ' ',
    ),
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.oneof(
        fc.string(),
        fc.integer(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.constantFrom('eu', '5s', '192.0.2.1'),
      ),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(fc.dictionary(keys, tree, { maxKeys: 6 }), (data) => {
      const doc = { ...readDocument('m.yaml', 'zone: a'), data }
      const { value, problems } = checkDocument(doc, schema)
      expect(value === undefined).toBe(problems.length > 0)
      for (const problem of problems) {
        expect(problem.message).toMatch(/^(expected .*, found .*|unknown key ".*"|missing key.*|MX: .*)$/s)
        expect(problem.message).not.toContain('\u0000')
        expect(problem.line).toBeGreaterThan(0)
      }
    }),
    { numRuns: 500 },
  )
})
