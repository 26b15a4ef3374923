// http: which answers count, and what we send.

import { afterEach, describe, expect, test } from 'vitest'
import type { Seen } from '../../../../src/io/probe/check.ts'
import type { LoadSource } from '../../../../src/io/probe/load.ts'
import { openKit } from '../../../../src/io/probe/kit.ts'
import { http } from '../../../../src/io/probe/checks/http.ts'
import { answering, cut, limit, type Loopback, type Script, serveLoopback } from '../loopback.ts'

const opened: Loopback[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

async function probe(settings: object, script: Script): Promise<Seen> {
  const server = await serveLoopback(script)
  opened.push(server)
  return http.run(http.config.parse(settings), server, limit(3000), openKit())
}

/** What the server was asked, line by line. */
async function requestOf(settings: object): Promise<{ lines: string[]; port: number }> {
  let lines: string[] = []
  await probe(settings, (socket) => {
    socket.once('data', (bytes) => {
      lines = bytes.toString('latin1').split('\r\n')
      socket.end('HTTP/1.1 200 OK\r\n\r\n')
    })
  })
  return { lines, port: opened.at(-1)!.port }
}

function status(code: number, body = ''): string {
  return `HTTP/1.1 ${code} Words\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

describe('statuses', () => {
  test.each<[number, unknown[] | undefined, boolean, string]>([
    [200, undefined, true, 'status 200'],
    [204, undefined, true, 'status 204'],
    [299, undefined, true, 'status 299'],
    [300, undefined, false, 'status 300, expected 200-299'],
    [503, [200], false, 'status 503, expected 200'],
    [204, [200], false, 'status 204, expected 200'],
    [401, [200, 401], true, 'status 401'],
    [404, ['200-299', '401'], false, 'status 404, expected 200-299 or 401'],
    [418, ['200-499'], true, 'status 418'],
    [101, ['101'], true, 'status 101'],
    [101, undefined, false, 'status 101, expected 200-299'],
  ])('%i where %j is expected', async (code, expected, ok, detail) => {
    const upgrade = code === 101 ? 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n' : status(code)
    expect(await probe(expected ? { expect: expected } : {}, answering(upgrade))).toMatchObject({ ok, detail })
  })

  test('an interim status is not the answer', async () => {
    expect(await probe({}, answering(`HTTP/1.1 103 Early Hints\r\n\r\n${status(200)}`))).toMatchObject({ ok: true })
  })

  test('a redirect is not followed', async () => {
    let connections = 0
    const seen = await probe({}, (socket) => {
      connections++
      socket.once('data', () =>
        socket.end(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${opened.at(-1)?.port}/\r\n\r\n`),
      )
    })
    expect(seen).toMatchObject({ ok: false, detail: 'status 302, expected 200-299' })
    expect(connections).toBe(1)
  })

  test('without a wanted body, the status decides and the body is not waited for', async () => {
    const seen = await probe({}, (socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n')),
    )
    expect(seen).toMatchObject({ ok: true, detail: 'status 200' })
  })

  test('an answer of another protocol is said to be none of HTTP', async () => {
    const seen = await probe({}, answering('220 mail.example.test ESMTP\r\n'))
    expect(seen.ok).toBe(false)
    expect(seen.detail).toMatch(/^its answer is not HTTP: /)
  })
})

describe('the body', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n8\r\n is well\r\n0\r\n\r\n'
  test.each<[string, string, boolean, string]>([
    ['all is well', status(200, 'here all is well'), true, 'status 200, body as expected'],
    ['all is well', chunked, true, 'status 200, body as expected'],
    ['grüß', status(200, 'grüß dich'), true, 'status 200, body as expected'],
    ['all is well', status(200, 'maintenance'), false, 'status 200, but "all is well" is not in the body'],
    ['all is well', status(200), false, 'status 200, but "all is well" is not in the body'],
    ['all is well', status(500, 'all is well'), false, 'status 500, expected 200-299'],
    ['end', status(200, `${'.'.repeat(5117)}end`), true, 'status 200, body as expected'],
    ['end', status(200, `${'.'.repeat(5118)}end`), false, 'status 200, but "end" is not in the first 5 KiB'],
  ])('"%s" is looked for in %j', async (body, answer, ok, detail) => {
    expect(await probe({ body }, answering(answer))).toMatchObject({ ok, detail })
  })

  test('a text that came before the connection broke has come', async () => {
    const half = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nall is well'
    const seen = await probe({ body: 'is well' }, (socket) => {
      socket.once('data', () => socket.write(half))
      socket.once('end', () => cut(socket))
    })
    expect(seen).toMatchObject({ ok: true })
  })
})

describe('the request', () => {
  test('asks for the path with the Host of the service, on a connection of its own', async () => {
    const { lines } = await requestOf({
      path: '/healthz?deep=0',
      host: 'www.example.com',
      headers: { 'X-Probe': 'yes' },
    })
    expect(lines[0]).toBe('GET /healthz?deep=0 HTTP/1.1')
    expect(lines).toContain('Host: www.example.com')
    expect(lines).toContain('Connection: close')
    expect(lines).toContain('User-Agent: meridian-check')
    expect(lines).toContain('X-Probe: yes')
  })

  test("without a host it is the target's address and port", async () => {
    const { lines, port } = await requestOf({})
    expect(lines).toContain(`Host: 127.0.0.1:${port}`)
    expect(lines.filter((line) => /^host:/i.test(line))).toHaveLength(1)
  })

  test('HEAD is sent where asked for', async () => {
    expect((await requestOf({ method: 'HEAD' })).lines[0]).toBe('HEAD / HTTP/1.1')
  })

  test('a header of the operator goes before one of ours', async () => {
    const { lines } = await requestOf({ headers: { 'User-Agent': 'mine' } })
    expect(lines).toContain('User-Agent: mine')
  })
})

describe('headers that are expected', () => {
  const answer =
    'HTTP/1.1 200 OK\r\nX-Build: blue 42\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n'
  test.each<[Record<string, string>, boolean, string]>([
    [{ 'x-build': 'blue' }, true, 'status 200'],
    [{ 'X-Build': '' }, true, 'status 200'],
    [{ 'Set-Cookie': 'b=2' }, true, 'status 200'],
    [{ 'X-Build': 'green' }, false, 'status 200, but X-Build is "blue 42", without "green"'],
    [{ 'X-Other': '' }, false, 'status 200, but there is no header X-Other'],
  ])('%j', async (expect_headers, ok, detail) => {
    expect(await probe({ expect_headers }, answering(answer))).toMatchObject({ ok, detail })
  })
})

describe('redirects that are asked for', () => {
  /** Answers each path; `{here}` stands for the server's own address. */
  async function visit(settings: object, pages: Readonly<Record<string, string>>) {
    const asked: string[] = []
    const server = await serveLoopback((socket) => {
      socket.once('data', (bytes) => {
        const path = /^\S+ (\S+)/.exec(bytes.toString('latin1'))![1]!
        asked.push(path)
        const location = pages[path]?.replace('{here}', `127.0.0.1:${server.port}`)
        const answer =
          location === undefined ? status(200, 'well') : `HTTP/1.1 302 Found\r\nLocation: ${location}\r\n\r\n`
        socket.end(answer)
      })
    })
    opened.push(server)
    const seen = await http.run(http.config.parse(settings), server, limit(3000), openKit())
    await server.allClosed()
    return { ok: seen.ok, detail: seen.detail.replace(String(server.port), 'PORT'), asked }
  }

  test('are followed where they stay, by path or by address, and what counts is the last answer', async () => {
    const pages = { '/': '/a?b=c', '/a?b=c': 'd', '/d': 'http://{here}/e' }
    expect(await visit({ redirects: 3, body: 'well' }, pages)).toEqual({
      ok: true,
      detail: 'status 200, body as expected',
      asked: ['/', '/a?b=c', '/d', '/e'],
    })
  })

  test('are followed by the name that was asked for, to the address of the target', async () => {
    const pages = { '/': 'http://www.example.test/a' }
    expect(await visit({ redirects: 1, host: 'www.example.test' }, pages)).toMatchObject({
      ok: true,
      asked: ['/', '/a'],
    })
  })

  test.each([
    ['http://198.51.100.1/', 'status 302 to "http://198.51.100.1/", which is another host or port'],
    ['https://{here}/', 'status 302 to "https://127.0.0.1:PORT/", which is another host or port'],
    ['http://127.0.0.1:1/', 'status 302 to "http://127.0.0.1:1/", which is another host or port'],
    ['//elsewhere.example/', 'status 302 to "//elsewhere.example/", which is another host or port'],
    ['http://[', 'status 302 to "http://[", which is no address'],
  ])('to %s are a failure', async (location, detail) => {
    expect(await visit({ redirects: 5 }, { '/': location })).toEqual({ ok: false, detail, asked: ['/'] })
  })

  test('in a circle end at the limit', async () => {
    expect(await visit({ redirects: 2 }, { '/': '/' })).toEqual({
      ok: false,
      detail: 'status 302 to "/", after 2 redirects',
      asked: ['/', '/', '/'],
    })
  })

  test('whose status is expected are the answer', async () => {
    expect(await visit({ redirects: 2, expect: [302] }, { '/': '/a' })).toMatchObject({ ok: true, asked: ['/'] })
  })

  test('without a Location are a failure', async () => {
    const seen = await probe({ redirects: 1 }, answering('HTTP/1.1 302 Found\r\n\r\n'))
    expect(seen).toMatchObject({ ok: false, detail: 'status 302 without a Location' })
  })
})

describe('load', () => {
  const page = (header: string, body: string) =>
    `HTTP/1.1 200 OK\r\n${header}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  test.each<[LoadSource, string, string, number | undefined]>([
    [{ header: 'X-Load', of: 1 }, 'x-load: 0.25\r\n', '', 250],
    [{ header: 'X-Load', of: 200 }, 'X-Load: 50\r\n', '', 250],
    [{ header: 'X-Load', of: 1 }, '', '', undefined],
    [{ header: 'X-Load', of: 1 }, 'X-Load: much\r\n', '', undefined],
    [{ header: 'X-Load', of: 1 }, 'X-Load: -1\r\n', '', undefined],
    [{ json: '/load', of: 1 }, '', '{"load":0.5}', 500],
    [{ json: '/a/1/b~1c', of: 4 }, '', '{"a":[0,{"b/c":"3"}]}', 750],
    [{ json: '', of: 10 }, '', '7', 700],
    [{ json: '/load', of: 1 }, '', '{"load":', undefined],
    [{ json: '/load', of: 1 }, '', '{"load":null}', undefined],
    [{ json: '/load', of: 1 }, '', `{"load":0.5,"x":"${'x'.repeat(60_000)}"}`, 500],
    [{ json: '/load', of: 1 }, '', `{"load":0.5,"x":"${'x'.repeat(70_000)}"}`, undefined],
  ])('%j in %j and a body', async (load, header, body, expected) => {
    const server = await serveLoopback(answering(page(header, body)))
    opened.push(server)
    const seen = await http.run(http.config.parse({}), server, limit(3000), openKit(), load)
    expect([seen.ok, seen.load]).toEqual([true, expected])
  })

  test('is read beside a body that is looked for, and costs nothing where that is missing', async () => {
    const server = await serveLoopback(answering(page('', '{"load":0.5}')))
    opened.push(server)
    const load: LoadSource = { json: '/load', of: 1 }
    const run = (body: string) => http.run(http.config.parse({ body }), server, limit(3000), openKit(), load)
    expect(await run('load')).toMatchObject({ ok: true, load: 500 })
    expect(await run('lord')).toMatchObject({ ok: false, detail: 'status 200, but "lord" is not in the body' })
  })
})
