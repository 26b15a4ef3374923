// Orders over real connections: bodies, tokens, refusals; and the client that commands use.

import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Admin, type AdminOptions, openAdmin } from '../../../src/io/control/admin.ts'
import { askAdmin, parseAdminAddress, tellAdmin } from '../../../src/io/control/client.ts'
import { adminConfig } from '../../../src/io/control/config.ts'
import type { NodeActs, NodeFacts, Order, Ordered } from '../../../src/io/control/node.ts'
import { keepLog } from '../store/samples.ts'

const read = 'reading-is-allowed'
const operate = 'operating-is-allowed'

interface Opened extends Admin {
  readonly asked: Order[]
  readonly log: ReturnType<typeof keepLog>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
}

async function open(tokens?: AdminOptions['tokens'], answer: Ordered = { ok: true, value: 'done' }): Promise<Opened> {
  const asked: Order[] = []
  const node: NodeFacts & NodeActs = {
    metricsText: () => '',
    ready: () => ({ ready: true }),
    status: () => ({}),
    explain: () => ({ ok: true, value: {} }),
    overrides: () => [{ kind: 'drain' }],
    push: () => expect.unreachable(),
    async order(order) {
      asked.push(order)
      return answer
    },
  }
  const log = keepLog()
  const admin = await openAdmin({ listen: { address: '127.0.0.1', port: 0 }, node, log, ...(tokens && { tokens }) })
  onTestFinished(() => admin.close())
  const post: Opened['post'] = (path, body, headers = {}) =>
    fetch(`http://127.0.0.1:${admin.endpoint.port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { ...admin, asked, log, post }
}

const who = { subjects: ['eu', 'us/192.0.2.1'], author: 'ada' }
const from = '127.0.0.1'

test.each<[string, object, Partial<Order>]>([
  ['/drain', { ...who, why: 'x', for: '30m' }, { act: 'drain', why: 'x', forMs: 1_800_000, fadeMs: undefined }],
  [
    '/drain',
    { ...who, why: ' x ', for: '30d', fade: '5m' },
    { act: 'drain', why: 'x', forMs: 2_592_000_000, fadeMs: 300_000 },
  ],
  ['/drain', { ...who, why: 'x', for: '1s', fade: '0s' }, { act: 'drain', why: 'x', forMs: 1000, fadeMs: 0 }],
  ['/drill', { ...who, why: 'x', for: '5m' }, { act: 'drill', why: 'x', forMs: 300_000 }],
  ['/undrain', who, { act: 'undrain', why: '' }],
  ['/undrill', { ...who, why: 'all well' }, { act: 'undrill', why: 'all well' }],
  ['/return', who, { act: 'return', why: '' }],
])('POST %s %j is passed on', async (path, body, expected) => {
  const { post, asked } = await open()
  const response = await post(path, body)
  expect([response.status, await response.json()]).toEqual([200, 'done'])
  expect(asked).toEqual([{ ...who, from, ...expected }])
})

const drain = { ...who, why: 'x', for: '30m' }
test.each<[string, string, unknown, string]>([
  ['no reason', '/drain', { ...who, for: '30m' }, 'why: expected the reason, for those who see it'],
  [
    'an empty reason',
    '/drill',
    { ...drain, why: '  ' },
    'why: expected the reason, for those who see it, found an empty text',
  ],
  ['no end', '/drain', { ...who, why: 'x' }, 'for: expected a duration such as 30s, 5m or 1h30m, found nothing'],
  [
    'an end without a unit',
    '/drain',
    { ...drain, for: '30' },
    'for: expected a duration such as 30s, 5m or 1h30m, found "30" (write 30s)',
  ],
  ['too long', '/drain', { ...drain, for: '31d' }, 'for: expected a duration from 1s to 30d, found "31d"'],
  ['no time at all', '/drill', { ...drain, for: '0s' }, 'for: expected a duration from 1s to 30d, found "0s"'],
  [
    'a fade that outlasts it',
    '/drain',
    { ...drain, fade: '30m' },
    'fade: expected a fade that is over before the drain is',
  ],
  ['nobody', '/undrain', { subjects: ['eu'] }, 'author: expected who orders this'],
  [
    'a name of two lines',
    '/undrain',
    { ...who, author: 'a\nb' },
    'author: expected one line without control characters',
  ],
  [
    'a reason that turns the writing round',
    '/drill',
    { ...drain, why: 'a\u202eb' },
    'why: expected one line without control characters',
  ],
  ['nothing named', '/undrain', { ...who, subjects: [] }, 'subjects: expected at least one pool or target'],
  ['one name, and no list', '/undrain', { ...who, subjects: 'eu' }, 'subjects: expected a list of pools and targets'],
  ['a typo', '/drain', { ...drain, fad: '5m' }, 'unknown "fad"'],
  ['a fade of a drill', '/drill', { ...drain, fade: '5m' }, 'unknown "fade"'],
  ['no map', '/drain', [], 'expected a map'],
  ['no JSON', '/drain', '{', 'expected a body that is JSON'],
  ['nothing', '/drain', '', 'expected a body that is JSON'],
])('%s: 400, and why', async (_, path, body, error) => {
  const { post, asked, log } = await open()
  const response = await post(path, body)
  expect([response.status, await response.json()]).toEqual([400, { error }])
  expect([asked, log.lines]).toEqual([[], []])
})

test.each([
  ['not-found', 404],
  ['conflict', 409],
  ['stopping', 503],
] as const)('what the node finds wrong (%s) is %i', async (wrong, status) => {
  const { post } = await open(undefined, { ok: false, wrong, error: 'so it is' })
  const response = await post('/drain', drain)
  expect([response.status, await response.json()]).toEqual([status, { error: 'so it is' }])
})

describe('what a browser lets any page send does nothing', () => {
  test.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text', { 'content-type': 'text/plain' }, 415],
    ['JSON that says it is text', { 'content-type': 'text/plain; application/json' }, 415],
    ['no type', { 'content-type': '' }, 415],
    ['JSON, from another site', { origin: 'https://evil.example' }, 403],
    ['JSON, cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('%s', async (_, headers, status) => {
    const { post, asked } = await open()
    const response = await post('/drain', drain, headers)
    expect(response.status).toBe(status)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(asked).toEqual([])
  })

  test('nor does the question that comes before it (CORS)', async () => {
    const { endpoint, asked } = await open()
    const response = await fetch(`http://127.0.0.1:${endpoint.port}/drain`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    })
    expect(response.status).toBe(405)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(asked).toEqual([])
  })
})

test.each(['GET', 'PUT', 'DELETE'])('%s /drain is 405', async (method) => {
  const { endpoint } = await open()
  const response = await fetch(`http://127.0.0.1:${endpoint.port}/drain`, { method })
  expect([response.status, response.headers.get('allow'), await response.json()]).toEqual([
    405,
    'POST',
    { error: `expected POST, found ${method}` },
  ])
})

test('a body without end is cut off', async () => {
  const { post, asked, endpoint } = await open()
  expect((await post('/drain', { ...drain, why: 'x'.repeat(70_000) })).status).toBe(413)
  // Also where no length was announced.
  const socket = connect(endpoint.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  const head =
    'POST /drain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
  socket.write(head)
  for (let i = 0; i < 5; i++) socket.write(`8000\r\n${'x'.repeat(0x8000)}\r\n`)
  const [data] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  expect(data.toString()).toMatch(/^HTTP\/1\.1 413 /)
  expect(asked).toEqual([])
})

describe('tokens', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

  test('reading takes one of them, acting the one for it; supervisors need none', async () => {
    const { endpoint, post, asked, log, refused } = await open(() => ({ read, operate }))
    const get = async (path: string, headers = {}): Promise<number> =>
      (await fetch(`http://127.0.0.1:${endpoint.port}${path}`, { headers })).status
    expect(await Promise.all(['/', '/metrics', '/status', '/explain', '/overrides'].map((path) => get(path)))).toEqual(
      new Array(5).fill(401),
    )
    expect([await get('/healthz'), await get('/readyz')]).toEqual([200, 200])
    expect([await get('/metrics', bearer(read)), await get('/metrics', bearer(operate))]).toEqual([200, 200])
    const tries = [{}, bearer('wrong'), { authorization: `Basic ${operate}` }, bearer(read), bearer(operate)]
    const statuses: number[] = []
    for (const headers of tries) statuses.push((await post('/drain', drain, headers)).status)
    expect(statuses).toEqual([401, 401, 401, 403, 200])
    expect(asked).toHaveLength(1)
    expect(refused()).toBe(9)
    // However many there are, the log has a line, and no token in it.
    expect(log.lines).toHaveLength(1)
    expect(log.lines[0]).toMatchObject({ level: 'warn', fields: { from } })
    expect(JSON.stringify(log.lines)).not.toMatch(new RegExp(`${read}|${operate}|wrong`))
  })

  test('are those of the moment', async () => {
    const now = { operate }
    const { post } = await open(() => now)
    expect((await post('/drain', drain, bearer(operate))).status).toBe(200)
    now.operate = 'another-token-now'
    expect((await post('/drain', drain, bearer(operate))).status).toBe(401)
  })

  test('a refusal for want of one says how it is presented', async () => {
    const { post } = await open(() => ({ operate }))
    const response = await post('/drain', drain)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await response.json()).toEqual({ error: 'expected a token in the header Authorization, found none' })
  })

  test('a name that was pointed at this machine is refused without one', async () => {
    const { endpoint } = await open()
    const socket = connect(endpoint.port, '127.0.0.1')
    socket.end('GET /status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
    const [data] = (await once(socket, 'data')) as [Buffer]
    expect(data.toString()).toMatch(/^HTTP\/1\.1 403 /)
  })
})

describe('the setting', () => {
  const messages = (value: object): string[] =>
    adminConfig.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

  test.each([
    ['loopback without tokens', {}],
    ['all of loopback', { listen: '[::1]:8053' }],
    ['loopback with tokens', { tokens: { read, operate } }],
    ['elsewhere with both', { listen: '0.0.0.0:8053', tokens: { read, operate } }],
    ['elsewhere for reading only', { listen: '192.0.2.1:8053', tokens: { read } }],
  ])('%s is fine', (_, value) => expect(messages(value)).toEqual([]))

  test.each([
    [
      'another address without tokens',
      { listen: '0.0.0.0:8053' },
      /^listen: expected a loopback address, or admin\.tokens with read in it, found "0\.0\.0\.0"/,
    ],
    ['another address with a token for operating only', { listen: '[::]:8053', tokens: { operate } }, /^listen: /],
    ['a short token', { tokens: { read: 'short' } }, /^tokens\.read: expected a token of at least 16 characters$/],
    [
      'a token with a blank',
      { tokens: { operate: 'x'.repeat(16) + ' y' } },
      /^tokens\.operate: expected .* without blanks$/,
    ],
    ['a token of another name', { tokens: { write: operate } }, /Unrecognized key/],
  ])('%s is a mistake', (_, value, message) => {
    expect(messages(value)).toEqual([expect.stringMatching(message)])
  })
})

describe('the client', () => {
  test.each([
    ['http://127.0.0.1:8053', { address: '127.0.0.1', port: 8053, isTls: false, base: '' }],
    ['127.0.0.1:8053', { address: '127.0.0.1', port: 8053, isTls: false, base: '' }],
    ['http://[::1]:8053/', { address: '::1', port: 8053, isTls: false, base: '' }],
    ['https://ns1.example.net/admin/', { address: 'ns1.example.net', port: 443, isTls: true, base: '/admin' }],
    ['http://ns1.example.net', { address: 'ns1.example.net', port: 80, isTls: false, base: '' }],
    ['ftp://127.0.0.1', undefined],
    ['http://user:pw@127.0.0.1', undefined],
    ['http://127.0.0.1/?x=1', undefined],
    ['', undefined],
    ['http://', undefined],
  ])('%s is an address: %j', (text, expected) => expect(parseAdminAddress(text)).toEqual(expected))

  test('presents its token, and sends orders as JSON', async () => {
    const { endpoint, asked } = await open(() => ({ read, operate }))
    expect(await askAdmin(endpoint, '/overrides')).toMatchObject({ status: 401 })
    expect(await askAdmin({ ...endpoint, token: read }, '/overrides')).toEqual({
      status: 200,
      value: [{ kind: 'drain' }],
    })
    expect(await tellAdmin({ ...endpoint, token: operate }, '/drain', drain)).toEqual({ status: 200, value: 'done' })
    expect(asked).toMatchObject([{ act: 'drain' }])
  })

  test('where nobody answers, that is a failure with a name', async () => {
    const { endpoint, close } = await open()
    await close()
    await expect(tellAdmin(endpoint, '/drain', drain)).rejects.toMatchObject({ code: 'admin-unreachable' })
  })
})
