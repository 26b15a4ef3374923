// A check as configured → plain data, and what is wrong with it.

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openKit } from '../../../../src/io/probe/kit.ts'
import { checkConfig, checkTypes, defaultPort, resolveFiles, runCheck } from '../../../../src/io/probe/checks/index.ts'
import { closedPort, limit } from '../loopback.ts'

test('what is left out has sound defaults', () => {
  expect(checkConfig.parse({ http: {} })).toEqual({
    type: 'http',
    settings: {
      port: 80,
      path: '/',
      method: 'GET',
      expect: [[200, 299]],
      expect_headers: {},
      headers: {},
      redirects: 0,
    },
    everyMs: 10_000,
    timeoutMs: 4000,
    fall: 3,
    rise: 2,
    forgive: 10,
    confirmMs: 1000,
  })
})

test('the example of the manual', () => {
  const http = { port: 80, path: '/healthz', host: 'www.example.com', expect: [200] }
  const parsed = checkConfig.parse({ http, every: '10s', timeout: '4s', fall: 3, rise: 2, confirm: '1s' })
  expect(parsed).toMatchObject({
    type: 'http',
    settings: { path: '/healthz', host: 'www.example.com', expect: [[200, 200]] },
  })
  expect(structuredClone(parsed)).toEqual(parsed)
})

test.each([
  ['10s', 4000],
  ['5s', 4000],
  ['4s', 2000],
  ['1s', 500],
])('every %s, a timeout that is left out is %i ms', (every, timeoutMs) => {
  expect(checkConfig.parse({ tcp: { port: 1 }, every }).timeoutMs).toBe(timeoutMs)
})

describe('mistakes', () => {
  const tcp = { port: 25 }
  test.each<[unknown, string, string]>([
    [{}, '', 'expected exactly one of http, https, tcp, tls, dns, grpc, icmp, metric, exec, push, combine, found none'],
    [
      { tcp, http: {} },
      '',
      'expected exactly one of http, https, tcp, tls, dns, grpc, icmp, metric, exec, push, combine, found http and tcp',
    ],
    [
      { tcp, every: '5s', timeout: '5s' },
      'timeout',
      'expected less than the interval between probes ("every"), 5s, found 5s',
    ],
    [
      { tcp, every: '5s', confirm: '6s' },
      'confirm',
      'expected at most the interval between probes ("every"), 5s, found 6s',
    ],
    [{ tcp, every: '100ms' }, 'every', 'expected a duration from 1s to 1h, found "100ms"'],
    [{ tcp: {} }, 'tcp.port', 'Invalid input: expected number, received undefined'],
    [{ http: { expect: ['299-200'] } }, 'http.expect.0', 'expected the lower status first'],
    [{ http: { expect: ['2xx'] } }, 'http.expect.0', 'expected a status such as 200, or a range such as "200-299"'],
    [{ http: { path: 'healthz' } }, 'http.path', 'expected a path that starts with "/", percent-encoded where needed'],
    [{ http: { host: 'http://x/' } }, 'http.host', 'expected a host name, such as www.example.com'],
    [{ http: { method: 'HEAD', body: 'ok' } }, 'http.body', 'the answer to HEAD has no body; use GET'],
    [{ http: { headers: { host: 'x' } } }, 'http.headers.host', 'set the Host header with "host"'],
    [{ https: { headers: { 'X-A': 'a\r\nX-B: b' } } }, 'https.headers.X-A', 'expected printable ASCII'],
    [{ tcp, intervall: '5s' }, '', 'Unrecognized key: "intervall"'],
    [{ http: { pfad: '/' } }, 'http', 'Unrecognized key: "pfad"'],
    [{ http: {}, load: {} }, 'load', 'expected either header or json, found neither'],
    [{ http: {}, load: { header: 'X', json: '/x' } }, 'load', 'expected either header or json, found both'],
    [{ http: {}, load: { json: 'x' } }, 'load.json', 'expected a JSON pointer such as /stats/load'],
    [
      { tcp, load: { header: 'X-Load' } },
      'load.header',
      'the answer to tcp has no header that could hold a load; http, https, grpc, metric have',
    ],
    [{ dns: { name: 'a..b' } }, 'dns.name', 'expected a domain name, such as www.example.com'],
    [{ dns: { name: 'a', type: 'QQ' } }, 'dns.type', 'expected a record type such as A or SOA, found "QQ"'],
    [{ dns: { name: 'a', rcode: 'OK' } }, 'dns.rcode', 'expected a response code such as NOERROR, found "OK"'],
    [{ metric: { json: '/x' } }, 'metric', 'expected a limit: min, max or both'],
    [{ metric: { max: 1 } }, 'metric', 'expected either prometheus or json, found neither'],
    [{ metric: { prometheus: 'x', json: '/x', max: 1 } }, 'metric', 'expected either prometheus or json, found both'],
    [{ metric: { json: '/x', min: 2, max: 1 } }, 'metric.max', 'expected at least min, 2, found 1'],
    [
      { metric: { prometheus: 'x{a}', max: 1 } },
      'metric.prometheus',
      'expected a metric such as queue_length{queue="mail"}',
    ],
    [{ metric: { json: '/x', max: 1, ca_file: 'x' } }, 'metric.ca_file', 'expected tls: true beside it'],
    [{ grpc: { port: 1, ca_file: 'x' } }, 'grpc.ca_file', 'expected tls: true beside it'],
    [{ combine: {} }, 'combine', 'expected exactly one of all, any and of, found none'],
    [{ combine: { all: ['a'], any: ['b'] } }, 'combine', 'expected exactly one of all, any and of, found 2'],
    [{ combine: { of: ['a', 'b'] } }, 'combine', 'expected of and at_least together'],
    [{ combine: { all: ['a'], at_least: 1 } }, 'combine', 'expected of and at_least together'],
    [
      { combine: { of: ['a', 'b'], at_least: 3 } },
      'combine.at_least',
      'expected at most 2, since there are no more, found 3',
    ],
    [{ combine: { all: ['a', 'b'], must: ['a'] } }, 'combine', 'expected each check once, found a again'],
    [{ exec: { command: ['test'] } }, 'exec.command', 'expected the full path of a program first'],
  ])('%j: at "%s" %s', (config, path, message) => {
    const { error } = checkConfig.safeParse(config)
    expect(error?.issues.map((issue) => [issue.path.join('.'), issue.message])).toContainEqual([path, message])
  })
})

test('the schema can be given to editors', () => {
  const schema = z.toJSONSchema(checkConfig, { io: 'input' })
  expect(Object.keys(schema.properties!)).toEqual([
    ...checkTypes,
    'every',
    'timeout',
    'fall',
    'rise',
    'forgive',
    'confirm',
    'load',
  ])
  expect(schema.additionalProperties).toBe(false)
  expect(schema.oneOf).toEqual(checkTypes.map((name) => ({ required: [name] })))
})

test.each([
  [{ http: {} }, 80],
  [{ http: { port: 8080 } }, 8080],
  [{ https: {} }, 443],
  [{ tcp: { port: 25 } }, 25],
])('%j is probed at port %i', (config, port) => expect(defaultPort(checkConfig.parse(config))).toBe(port))

describe('the files that a check names', () => {
  const resolve = (path: string, at: readonly string[]): string => `/etc/${path} for ${at.join('.')}`

  test('are resolved, and told where they stand', () => {
    const parsed = checkConfig.parse({ https: { ca_file: 'ca.pem', path: '/x' } })
    const resolved = resolveFiles(parsed, resolve)
    expect(resolved).toEqual({
      ...parsed,
      settings: { ...(parsed.settings as object), ca_file: '/etc/ca.pem for https.ca_file' },
    })
    expect(parsed.settings).toMatchObject({ ca_file: 'ca.pem' })
  })

  test.each([{ https: {} }, { http: { path: '/ca_file' } }, { tcp: { port: 1 } }])('%j names none', (config) => {
    const parsed = checkConfig.parse(config)
    expect(resolveFiles(parsed, () => expect.unreachable())).toEqual(parsed)
  })
})

test('a parsed check runs, also after it was posted to another thread', async () => {
  const parsed = structuredClone(checkConfig.parse({ tcp: { port: 25 } }))
  expect(await runCheck(parsed, await closedPort(), limit(2000), openKit())).toMatchObject({
    ok: false,
    detail: 'connection refused',
  })
})

test('a check of an unknown type is a bug', () => {
  expect(() => defaultPort({ ...checkConfig.parse({ http: {} }), type: 'smoke' })).toThrow('no check type smoke')
})
