// The demo's stand-in backends: up, down and up again, as a prober sees them.

import { connect } from 'node:net'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import type { Endpoint } from '../../src/core/base/address.ts'
import { backendFailure, type DemoBackend, type DemoBackends, openBackends } from '../../src/app/demo-backends.ts'

const open: DemoBackends[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((backends) => backends.close()))
})

async function opened(...regions: string[]): Promise<DemoBackends> {
  const backends = await openBackends(regions.map(anywhere))
  open.push(backends)
  return backends
}

function anywhere(region: string): DemoBackend {
  return { region, endpoint: { address: '127.0.0.1', port: 0 } }
}

function endpointOf(backends: DemoBackends, region: string): Endpoint {
  return backends.states().find((state) => state.region === region)!.endpoint
}

/** What a GET without keep-alive gets: status and text, or the code of its failure. */
async function fetchText({ address, port }: Endpoint, path: string): Promise<string> {
  try {
    const [response] = (await once(get({ host: address, port, path, agent: false }), 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    return `${response.statusCode} ${text}`
  } catch (error) {
    return (error as NodeJS.ErrnoException).code!
  }
}

function upOnes(backends: DemoBackends): string[] {
  return backends
    .states()
    .filter(({ isUp }) => isUp)
    .map(({ region }) => region)
}

test('each answers for its region', async () => {
  const backends = await opened('eu', 'us')
  const [eu, us] = [endpointOf(backends, 'eu'), endpointOf(backends, 'us')]
  expect(eu.port).not.toBe(us.port)
  expect(await fetchText(eu, '/healthz')).toBe('200 ok eu\n')
  expect(await fetchText(us, '/healthz?from=prober')).toBe('200 ok us\n')
  expect(await fetchText(eu, '/some/page')).toBe(
    `200 Hello from the region eu.\nThis is 127.0.0.1:${eu.port}, asked for /some/page.\n`,
  )
})

test('a stopped one refuses connections, the others go on', async () => {
  const backends = await opened('eu', 'us')
  await backends.stop('eu')
  expect(await fetchText(endpointOf(backends, 'eu'), '/healthz')).toBe('ECONNREFUSED')
  expect(await fetchText(endpointOf(backends, 'us'), '/healthz')).toBe('200 ok us\n')
  expect(upOnes(backends)).toEqual(['us'])
})

test('one that is started again is where it was', async () => {
  const backends = await opened('eu')
  const before = endpointOf(backends, 'eu')
  await backends.stop('eu')
  await backends.start('eu')
  expect(endpointOf(backends, 'eu')).toEqual(before)
  expect(await fetchText(before, '/healthz')).toBe('200 ok eu\n')
  expect(upOnes(backends)).toEqual(['eu'])
})

test('stopping ends connections that are open', async () => {
  const backends = await opened('eu')
  const { address, port } = endpointOf(backends, 'eu')
  const socket = connect(port, address)
  socket.on('error', () => undefined) // a reset will do as well
  await once(socket, 'connect')
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n') // answered, and then kept alive
  await once(socket, 'data')
  const closed = once(socket, 'close')
  await backends.stop('eu')
  await closed
  expect(socket.destroyed).toBe(true)
})

test('stop and start take turns, and twice is once', async () => {
  const backends = await opened('eu')
  const { stop, start } = backends
  await Promise.all([stop('eu'), stop('eu'), start('eu'), stop('eu'), start('eu'), start('eu')])
  expect(await fetchText(endpointOf(backends, 'eu'), '/healthz')).toBe('200 ok eu\n')
})

test('a region that is not there is our mistake', async () => {
  const backends = await opened('eu', 'us')
  await expect(backends.stop('mars')).rejects.toThrow('no backend in the region "mars", only in eu, us')
})

describe('a port that is taken', () => {
  test('is said, and nothing stays open', async () => {
    const first = await opened('eu', 'us')
    const [taken, free] = [endpointOf(first, 'eu'), endpointOf(first, 'us')]
    await first.stop('us')
    const second = openBackends([
      { region: 'us', endpoint: free },
      { region: 'ap', endpoint: taken },
    ])
    await expect(second).rejects.toMatchObject({
      code: 'listen-in-use',
      message: `127.0.0.1:${taken.port} is already served by another process`,
    })
    expect(await fetchText(free, '/healthz')).toBe('ECONNREFUSED')
  })

  test('meanwhile is said when starting again, and may be tried anew', async () => {
    const first = await opened('eu')
    const taken = endpointOf(first, 'eu')
    await first.stop('eu')
    const second = await openBackends([{ region: 'us', endpoint: taken }])
    await expect(first.start('eu')).rejects.toMatchObject({ code: 'listen-in-use' })
    expect(upOnes(first)).toEqual([])
    await second.close()
    await first.start('eu')
    expect(upOnes(first)).toEqual(['eu'])
  })
})

// 192.0.2.0/24 is nobody's (RFC 5737), so no interface has it.
test('an address that no interface has is said', async () => {
  const failure = openBackends([{ region: 'eu', endpoint: { address: '192.0.2.1', port: 0 } }])
  await expect(failure).rejects.toMatchObject({
    code: 'listen-bad-address',
    message: expect.stringContaining('no interface has the address 192.0.2.1'),
  })
})

test.each([
  ['127.0.0.11', 'sudo ifconfig lo0 alias 127.0.0.11 up'],
  ['192.0.2.1', undefined],
])('the remedy for a loopback address that is missing: %s', (address, remedy) => {
  const error = Object.assign(new Error('bind'), { code: 'EADDRNOTAVAIL' })
  const { code, message } = backendFailure({ address, port: 8081 }, error)
  expect(code).toBe('listen-bad-address')
  expect(message).toContain(`cannot listen on ${address}:8081: no interface has the address ${address}`)
  expect(message.includes('sudo')).toBe(remedy !== undefined)
  expect(message).toContain(remedy ?? '')
})
