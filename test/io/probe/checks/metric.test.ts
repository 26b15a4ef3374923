// metric: which numbers are found, and which are fine.

import { afterEach, describe, expect, test } from 'vitest'
import { metric } from '../../../../src/io/probe/checks/metric.ts'
import { openKit } from '../../../../src/io/probe/kit.ts'
import { answering, limit, type Loopback, serveLoopback } from '../loopback.ts'

const opened: Loopback[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

async function probe(settings: object, body: string) {
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  const server = await serveLoopback(answering(answer))
  opened.push(server)
  return metric.run(metric.config.parse({ max: 100, ...settings }), server, limit(3000), openKit(), {
    json: '/load',
    of: 1,
  })
}

const page = `# HELP queue_length Messages that wait.
# TYPE queue_length gauge
queue_length_total 999
queue_length{queue="mail",shard="a"} 40 1700000000000
queue_length{shard="b", queue="mail"} 2.5e1
queue_length{queue="say \\"hi\\", {x}"} 7
my_queue_length 1
lag -3
broken
none NaN
endless +Inf
last 5`

describe('on a Prometheus page', () => {
  test.each<[string, boolean, string]>([
    ['queue_length{queue="mail"}', true, 'queue_length{queue="mail"} is 65'],
    ['queue_length{queue="mail",shard="a"}', true, 'queue_length{queue="mail",shard="a"} is 40'],
    ['queue_length', true, 'queue_length is 72'],
    ['queue_length{queue="say \\"hi\\", {x}"}', true, 'queue_length{queue="say \\"hi\\", {x}"} is 7'],
    ['queue_length{queue="post"}', false, 'queue_length{queue="post"} is not there, or no number'],
    ['queue', false, 'queue is not there, or no number'],
    ['lag', true, 'lag is -3'],
    ['last', true, 'last is 5'],
    ['broken', false, 'broken is not there, or no number'],
    ['none', false, 'none is NaN, not a number'],
    ['endless', false, 'endless is Infinity, above 100'],
    ['queue_length_total', false, 'queue_length_total is 999, above 100'],
  ])('%s', async (prometheus, ok, detail) => {
    expect(await probe({ prometheus }, page)).toMatchObject({ ok, detail })
  })
})

describe('in JSON', () => {
  const body = '{"queue":{"length":12,"text":"8","deep":[{"x":200}]},"load":0.1}'
  test.each<[object, boolean, string]>([
    [{ json: '/queue/length' }, true, '/queue/length is 12'],
    [{ json: '/queue/text' }, true, '/queue/text is 8'],
    [{ json: '/queue/length', min: 13 }, false, '/queue/length is 12, below 13'],
    [{ json: '/queue/length', min: 12, max: 12 }, true, '/queue/length is 12'],
    [{ json: '/queue/deep/0/x' }, false, '/queue/deep/0/x is 200, above 100'],
    [{ json: '/queue/deep' }, false, '/queue/deep is not there, or no number'],
    [{ json: '/queue/width' }, false, '/queue/width is not there, or no number'],
    [{ json: '/__proto__/x' }, false, '/__proto__/x is not there, or no number'],
  ])('%j', async (settings, ok, detail) => {
    expect(await probe(settings, body)).toMatchObject({ ok, detail, load: 100 })
  })

  test('what is no JSON has no number', async () => {
    expect(await probe({ json: '/x' }, '<html>')).toMatchObject({ ok: false, detail: '/x is not there, or no number' })
  })
})

test('a page that does not end is a failure', async () => {
  const server = await serveLoopback((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const flood = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'x 1\n')));
      }
      socket.on('drain', flood)
      flood()
    })
  })
  opened.push(server)
  const seen = await metric.run(metric.config.parse({ prometheus: 'y', max: 1 }), server, limit(10_000), openKit())
  expect(seen).toMatchObject({ ok: false, detail: 'its page is longer than 4 MiB' })
})

test('another status than 200 is a failure', async () => {
  const server = await serveLoopback(answering('HTTP/1.1 204 No Content\r\n\r\n'))
  opened.push(server)
  const seen = await metric.run(metric.config.parse({ prometheus: 'y', max: 1 }), server, limit(3000), openKit())
  expect(seen).toMatchObject({ ok: false, detail: 'status 204, expected 200' })
})
