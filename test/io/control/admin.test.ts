// The admin HTTP over real connections on loopback.

import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { createServer, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { adminConfig } from '../../../src/io/control/config.ts'
import { type Admin, openAdmin } from '../../../src/io/control/admin.ts'
import { routes } from '../../../src/io/control/index.ts'
import type { ExplainQuestion, NodeActs, NodeFacts } from '../../../src/io/control/node.ts'
import { keepLog } from '../store/samples.ts'

const listen = { address: '127.0.0.1', port: 0 }

function facts(parts: Partial<NodeFacts & NodeActs> = {}): NodeFacts & NodeActs {
  return {
    metricsText: () => 'meridian_up 1\n',
    ready: () => ({ ready: true }),
    status: () => ({ zones: ['example.com'] }),
    explain: (question) => ({ ok: true, value: { asked: question } }),
    overrides: () => [],
    push: () => ({ ok: true, value: {} }),
    order: (order) => Promise.resolve({ ok: true, value: { ordered: order } }),
    ...parts,
  }
}

async function open(
  parts: Partial<NodeFacts> = {},
): Promise<Admin & { get: (path: string, init?: RequestInit) => Promise<Response>; log: ReturnType<typeof keepLog> }> {
  const log = keepLog()
  const admin = await openAdmin({ listen, node: facts(parts), log })
  onTestFinished(() => admin.close())
  return { ...admin, log, get: (path, init) => fetch(`http://127.0.0.1:${admin.endpoint.port}${path}`, init) }
}

test('without a word of the operator it is on loopback', () => {
  expect(adminConfig.parse({}).listen.address).toBe('127.0.0.1')
  expect(adminConfig.safeParse({ listen: '127.0.0.1:8053', token: 'x' }).success).toBe(false)
})

test.each([
  ['/metrics', 'text/plain; version=0.0.4; charset=utf-8', 'meridian_up 1\n'],
  ['/healthz', 'text/plain; charset=utf-8', 'ok\n'],
  ['/readyz', 'application/json; charset=utf-8', '{\n  "ready": true\n}\n'],
  ['/status', 'application/json; charset=utf-8', '{\n  "zones": [\n    "example.com"\n  ]\n}\n'],
])('%s is served, and by HEAD without a body', async (path, type, body) => {
  const { get } = await open()
  for (const method of ['GET', 'HEAD']) {
    const response = await get(path, { method })
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      type,
      method === 'GET' ? body : '',
    ])
    expect(response.headers.get('cache-control')).toBe('no-store')
  }
})

test('the list at / names every other route', async () => {
  const { get } = await open()
  const list = await (await get('/')).text()
  for (const { path, about } of routes.filter((route) => route.path !== '/'))
    expect(list).toContain(`${path.padEnd(10)} ${about}`)
})

test('not ready: 503 and the reasons, while the process lives', async () => {
  const { get } = await open({ ready: () => ({ ready: false, reasons: ['no zone is loaded'] }) })
  const response = await get('/readyz')
  expect([response.status, await response.json()]).toEqual([503, { ready: false, reasons: ['no zone is loaded'] }])
  expect((await get('/healthz')).status).toBe(200)
})

const nothing = { type: 'A', client: undefined, resolver: undefined, at: undefined, down: [] }
test.each<[string, ExplainQuestion]>([
  [
    '/explain?name=a.example&type=AAAA&client=192.0.2.1',
    { ...nothing, name: 'a.example', type: 'AAAA', client: '192.0.2.1' },
  ],
  ['/explain?name=a.example', { ...nothing, name: 'a.example' }],
  ['/explain?name=a.example&type=&client=', { ...nothing, name: 'a.example' }],
  [
    '/explain?name=%C3%A9.example&client=2001%3Adb8%3A%3A%2F32',
    { ...nothing, name: 'é.example', client: '2001:db8::/32' },
  ],
  [
    '/explain?name=a.example&resolver=192.0.2.53&at=2026-01-02',
    { ...nothing, name: 'a.example', resolver: '192.0.2.53', at: '2026-01-02' },
  ],
  ['/explain?name=a.example&down=eu,example.com/us', { ...nothing, name: 'a.example', down: ['eu', 'example.com/us'] }],
])('%s is passed on', async (path, expected) => {
  const asked: ExplainQuestion[] = []
  const { get } = await open({
    explain: async (question) => {
      asked.push(question)
      return { ok: true, value: { answer: ['192.0.2.10'] } }
    },
  })
  const response = await get(path)
  expect([response.status, await response.json()]).toEqual([200, { answer: ['192.0.2.10'] }])
  expect(asked).toEqual([expected])
})

test.each([
  ['/explain', /^expected a name/],
  ['/explain?name=', /^expected a name/],
  [`/explain?name=${'x'.repeat(1025)}`, /at most 1024/],
  ['/explain?name=a&name=b', /^expected one name, found 2$/],
  ['/explain?name=a&tpye=A', /^unknown parameter "tpye" \(did you mean "type"\?\)$/],
  ['/status?verbose', /^unknown parameter "verbose"$/],
  ['/explain?name=bad', /^the name is bad$/],
])('%s is a bad request that says why', async (path, message) => {
  const { get, log } = await open({ explain: () => ({ ok: false, error: 'the name is bad' }) })
  const response = await get(path)
  expect([response.status, await response.json()]).toEqual([400, { error: expect.stringMatching(message) }])
  expect(log.lines).toEqual([])
})

test.each([
  ['GET', '/nowhere', 404, 'nothing at /nowhere'],
  ['GET', '/statsu', 404, 'nothing at /statsu (did you mean "/status"?)'],
  ['POST', '/nowhere', 404, 'nothing at /nowhere'],
  ['POST', '/status', 405, 'expected GET, found POST'],
  ['DELETE', '/explain', 405, 'expected GET, found DELETE'],
])('%s %s: %i', async (method, path, status, error) => {
  const { get } = await open()
  const response = await get(path, { method })
  expect([response.status, await response.json()]).toEqual([status, { error }])
  expect(response.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null)
})

test('a fault costs one request: 500 without its words, which go to the log', async () => {
  const { get, log } = await open({
    status: () => {
      throw new Error('a secret detail')
    },
    explain: () => Promise.reject(new Error('another')),
  })
  for (const path of ['/status', '/explain?name=a']) {
    const response = await get(path)
    expect([response.status, await response.text()]).toEqual([
      500,
      '{"error":"a fault of the server, written to its log"}',
    ])
  }
  expect(log.lines.map(({ level, fields }) => [level, (fields['error'] as Error).message])).toEqual([
    ['error', 'a secret detail'],
    ['error', 'another'],
  ])
  expect((await get('/healthz')).status).toBe(200)
})

test('bytes that are no HTTP get an answer or a closed connection, and harm nobody', async () => {
  const { endpoint, get } = await open()
  for (const bytes of [
    '\u0000\u0001\u0002\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
    'GET //%zz?%zz HTTP/1.1\r\nHost: x\r\n\r\n',
    `GET / HTTP/1.1\r\nX: ${'y'.repeat(10_000)}\r\n\r\n`,
  ]) {
    const socket = connect(endpoint.port, '127.0.0.1', () => socket.end(bytes))
    const [data] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown]
    expect(String(data)).toMatch(/^HTTP\/1.1 4\d\d|^(true|false)$/)
    socket.destroy()
  }
  expect((await get('/healthz')).status).toBe(200)
})

test('a port that is taken, and an address that is not ours, are failures with a name', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as { port: number }
  const tryOn = (address: string, port: number) =>
    openAdmin({ listen: { address, port }, node: facts(), log: keepLog() })
  await expect(tryOn('127.0.0.1', port)).rejects.toMatchObject({
    name: 'Failure',
    code: 'listen-in-use',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  })
  await expect(tryOn('192.0.2.1', 0)).rejects.toMatchObject({ code: 'listen-bad-address' })
})

test('it closes within a second, though one client idles and another waits for an answer', async () => {
  const admin = await openAdmin({
    listen,
    node: facts({ explain: () => new Promise(() => undefined) }),
    log: keepLog(),
  })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const idle = request({ host: '127.0.0.1', port: admin.endpoint.port, path: '/healthz', agent }).end()
  const [response] = await once(idle, 'response')
  response.resume()
  await once(response, 'end')
  const silent = connect(admin.endpoint.port, '127.0.0.1')
  await once(silent, 'connect')
  const waiting = request({ host: '127.0.0.1', port: admin.endpoint.port, path: '/explain?name=a' }).end()
  const cut = once(waiting, 'error')
  const startedMs = performance.now()
  await admin.close()
  expect(performance.now() - startedMs).toBeLessThan(1000)
  await cut
  await admin.close()
})
