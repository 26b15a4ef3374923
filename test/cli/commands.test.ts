// The commands as operators run them: help, exit codes, ready, reload, stop.

import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { checkCommand } from '../../src/cli/check.ts'
import { commands, meridian } from '../../src/cli/index.ts'
import { queryCommand } from '../../src/cli/query.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'
import { freePort } from '../support/free-port.ts'
import { writeMmdb } from '../core/geo/mmdb-writer.ts'
import { askOverTcp, openDnsClient } from '../support/dns-client.ts'
import { type Folder, openFolder } from '../support/folder.ts'
import { launcher, launchMeridian, runMeridian, startMeridian } from '../support/meridian.ts'
import { writeQuery } from '../support/snapshot.ts'
import { until } from '../support/until.ts'
import { run } from './printed.ts'

const names = commands.map((command) => command({ out: () => {}, err: () => {}, exit: () => {} }).name())

/** One worker, and a geo database that takes no time to compile. */
const small = {
  listen: ['127.0.0.1:0'],
  admin: { listen: '127.0.0.1:0' },
  workers: 1,
  geo: { databases: ['places.mmdb'] },
}

/** A node without probes, so that it is ready at once. */
function nodeFolder(settings: object = {}): Folder {
  return openFolder({
    'meridian.yaml': { ...small, ...settings },
    'places.mmdb': writeMmdb([{ prefix: '192.0.2.0/24', record: { country_code: 'IE' } }]),
    'zones/example.org.zone': zoneText(1),
  })
}

/** Says its version in a TXT record. */
function zoneText(version: number): string {
  return `$TTL 60\n@ SOA ns1 hostmaster ${version} 1h 15m 2w 30\n@ NS ns1\nns1 A 192.0.2.53\nversion TXT "${version}"\n`
}

const versionQuery = writeQuery({ name: 'version.example.org', type: 16 })

function versionIn(response: Uint8Array | undefined): number | undefined {
  return response && Number(decodeWithDns2(response).answer[0]!.data.replaceAll('"', ''))
}

describe('help', () => {
  test.each(names)('%s says what it does, with an example, and ends well', async (name) => {
    const { code, out, err } = await run(meridian, name, '--help')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(new RegExp(`^Usage: meridian ${name} `))
    expect(out).toMatch(new RegExp(`Examples?:\\n {2}\\$ meridian ${name}`))
    expect(out).toMatch(/Exit code: 0 .*\b1\b.*\b2 /)
    // What compares two configurations is given both as arguments.
    expect(out).toMatch(/--config <file>|<old> <new>/)
  })

  test('meridian lists them all', async () => {
    const { code, out } = await run(meridian, '--help')
    expect(code).toBe(0)
    for (const name of names) expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'))
    expect(out).toContain('Example:')
  })
})

describe('wrong usage is 2, and says where help is', () => {
  test.each([
    ['no command', []],
    ['a command that is none', ['sevre']],
    ['an option that is none', ['serve', '--conifg', 'x']],
    ['an option without its value', ['check', '--config']],
    ['one argument too many', ['check', 'meridian.yaml']],
    ['an argument that is missing', ['explain']],
    ['a name that is none', ['query', 'a..b']],
    ['a type that is none', ['explain', 'www.example.com', 'AAAAA']],
    ['a client that is none', ['explain', 'www.example.com', '--client', '300.1.1.1']],
    ['a time that is none', ['explain', 'www.example.com', '--at', 'yesterday']],
  ])('%s', async (_, args) => {
    const { code, out, err } = await run(meridian, ...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).not.toBe('')
  })

  test('a slip gets a hint', async () => {
    const { err } = await run(meridian, 'sevre')
    expect(err).toMatch(/unknown command 'sevre'[\s\S]*Did you mean serve\?[\s\S]*--help/)
  })
})

test('the exit codes are those of the process', async () => {
  const ends = await Promise.all(
    [['--version'], ['check', '--config', '/nowhere.yaml'], ['sevre']].map((args) => runMeridian(args)),
  )
  expect(ends.map(({ code, out }) => [code, out])).toEqual([
    [0, '0.1.0\n'],
    [1, expect.stringMatching(/^\/nowhere\.yaml: expected a file, found nothing there\n/)],
    [2, ''],
  ])
})

describe('check', () => {
  test('a good configuration is fine', async () => {
    using folder = nodeFolder()
    const { code, out, err } = await run(checkCommand, '--config', `${folder.path}/meridian.yaml`)
    expect({ code, err }).toEqual({ code: undefined, err: '' })
    expect(out).toMatch(/meridian\.yaml: fine \(1 zones, 4 records, .*configuration [0-9a-f]{12}\)\n$/)
  })

  test('the default is ./meridian.yaml', async () => {
    using folder = nodeFolder()
    expect(await runMeridian(['check'], { cwd: folder.path })).toMatchObject({ code: 0 })
  })

  test('a mistake is printed, and the exit code is 1', async () => {
    using folder = nodeFolder({ wrokers: 2 })
    const { code, out } = await run(checkCommand, '--config', `${folder.path}/meridian.yaml`)
    expect(code).toBe(1)
    expect(out).toContain('unknown key "wrokers"')
    expect(out).toMatch(/meridian\.yaml: 1 mistake\n$/)
  })
})

/** One line, with no stack. */
function takenText(port: number): RegExp {
  return new RegExp(`^listen-in-use: 127\\.0\\.0\\.1:${port} is already served by another process.*\n$`)
}

describe('serve', () => {
  test('says on one line that it is ready, and answers over UDP and TCP then', async () => {
    using folder = nodeFolder()
    await using node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
    expect(node.out()).toMatch(
      /^ready: \S+ answers on 127\.0\.0\.1:\d+ \(1 zones, 4 records\); admin http:\/\/127\.0\.0\.1:\d+; configuration [0-9a-f]{12}\n$/,
    )
    await using client = await openDnsClient(node.dns)
    expect(versionIn((await client.ask(versionQuery))?.bytes)).toBe(1)
    expect(versionIn(await askOverTcp(node.dns, versionQuery))).toBe(1)
    expect((await node.status()).ready).toEqual({ ready: true })
  })

  test('a mistake in its configuration is printed, and the exit code is 1', async () => {
    using folder = nodeFolder({ wrokers: 2 })
    const { code, out, err } = await launchMeridian('serve', `${folder.path}/meridian.yaml`).ended
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^\S+meridian\.yaml:\d+:\d+ wrokers: unknown key/)
  })

  test.each(['auto', 'portable'] as const)('is refused on an address that another serves (%s)', async (transport) => {
    const port = await freePort()
    using folder = nodeFolder({ listen: [`127.0.0.1:${port}`], transport })
    await using first = await startMeridian('serve', `${folder.path}/meridian.yaml`)
    const startedMs = performance.now()
    const { code, out, err } = await launchMeridian('serve', `${folder.path}/meridian.yaml`).ended
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(takenText(port))
    expect(performance.now() - startedMs).toBeLessThan(8000)
    await using client = await openDnsClient(first.dns)
    expect(versionIn((await client.ask(versionQuery))?.bytes)).toBe(1)
  })

  test('is refused where only UDP is taken', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address()
    using folder = nodeFolder({ listen: [`127.0.0.1:${port}`] })
    const { code, err } = await launchMeridian('serve', `${folder.path}/meridian.yaml`).ended
    other.close()
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(takenText(port)) })
  })

  test('is refused where only TCP is taken, before it has probed anything', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    using folder = nodeFolder({ listen: [`127.0.0.1:${port}`] })
    const { code, err } = await launchMeridian('serve', `${folder.path}/meridian.yaml`).ended
    other.close()
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(takenText(port)) })
  })

  test('is refused where its admin address is taken, and says that it is that one', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    using folder = nodeFolder({ admin: { listen: `127.0.0.1:${port}` } })
    const { code, err } = await launchMeridian('serve', `${folder.path}/meridian.yaml`).ended
    other.close()
    expect({ code, err }).toEqual({
      code: 1,
      err: `listen-in-use: 127.0.0.1:${port} (admin HTTP) is already served by another process\n`,
    })
  })
})

describe('a stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s: it answers until then, and ends with 0 in seconds',
    async (name) => {
      using folder = nodeFolder()
      const node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
      await using client = await openDnsClient(node.dns)
      expect(versionIn((await client.ask(versionQuery))?.bytes)).toBe(1)
      const startedMs = performance.now()
      node.signal(name)
      expect(await node.ended).toMatchObject({ code: 0, signal: null })
      expect(node.log().filter(({ level }) => level !== 'info')).toEqual([])
      expect(performance.now() - startedMs).toBeLessThan(3000)
      expect(await client.ask(versionQuery, 200)).toBeUndefined()
    },
  )

  test('while it still waits for evidence ends it as soon', async () => {
    const lost = { redis: { url: `redis://127.0.0.1:${await freePort()}` } }
    using folder = nodeFolder({ prober: false, store: lost, health: { first_round: '1m' } })
    folder.write('zones/example.com.yaml', {
      zone: 'example.com',
      ns: ['ns.example.net.'],
      soa: {},
      records: { www: { service: 'web' } },
      checks: { up: { tcp: { port: 1 } } },
      pools: { eu: { check: 'up', targets: [{ address: '127.0.0.1' }] } },
      services: { web: { steer: 'eu' } },
    })
    const node = launchMeridian('serve', `${folder.path}/meridian.yaml`)
    await until('the store is found lost', 10_000, () => node.err().includes('store'))
    const startedMs = performance.now()
    node.process.kill('SIGTERM')
    expect(await node.ended).toMatchObject({ code: 0, out: '' })
    expect(performance.now() - startedMs).toBeLessThan(5000)
  })
})

describe('a reload', () => {
  test('comes with SIGHUP and with a changed, replaced or new file', async () => {
    using folder = nodeFolder()
    await using node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
    await using client = await openDnsClient(node.dns)
    const version = async (): Promise<number | undefined> => versionIn((await client.ask(versionQuery))?.bytes)
    expect(await version()).toBe(1)

    folder.write('zones/example.org.zone', zoneText(2))
    await until('version 2 after a write', 5000, async () => (await version()) === 2)
    folder.replace('zones/example.org.zone', zoneText(3))
    await until('version 3 after a rename', 5000, async () => (await version()) === 3)

    const { done } = (await node.status()).reloads
    node.signal('SIGHUP')
    await until('a reload by SIGHUP', 5000, async () => (await node.status()).reloads.done > done)
    expect(await version()).toBe(3)

    folder.write('zones/example.net.zone', zoneText(1))
    await until('a second zone', 5000, async () => (await node.status()).config.zones.length === 2)
  })

  test('is not lost where several are asked for at once', async () => {
    using folder = nodeFolder()
    await using node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
    await using client = await openDnsClient(node.dns)
    // The first reads version 2 or an older one, and whoever comes while it does must be read again.
    for (let version = 2; version <= 30; version++) {
      folder.replace('zones/example.org.zone', zoneText(version))
      node.signal('SIGHUP')
    }
    const newest = await until(
      'version 30',
      5000,
      async () => versionIn((await client.ask(versionQuery))?.bytes) === 30,
    )
    expect(newest).toBe(true)
  })

  test('of settings that take a restart says so, and does no harm', async () => {
    using folder = nodeFolder({ health: { vantages: ['eu', 'us', 'ap'] } })
    folder.write('zones/example.com.yaml', {
      zone: 'example.com',
      ns: ['ns.example.net.'],
      soa: {},
      records: { www: { service: 'web' } },
      checks: { up: { tcp: { port: 1 }, every: '1s', timeout: '500ms', confirm: '200ms' } },
      pools: { eu: { check: 'up', targets: [{ address: '127.0.0.1' }] } },
      services: { web: { steer: 'eu' } },
    })
    await using node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
    const { hash } = (await node.status()).config
    folder.write('meridian.yaml', {
      ...small,
      listen: ['127.0.0.1:1'],
      health: { vantages: ['local'], probes_at_once: 100 },
      log: { level: 'warn' },
    })
    await until('the reload', 5000, async () => (await node.status()).config.hash !== hash)
    const said = (): unknown[] => node.log().flatMap(({ setting }) => (setting === undefined ? [] : [setting]))
    await until('the warnings', 2000, () => said().length >= 3)
    expect(said()).toEqual(['listen', 'log', 'health.probes_at_once'])
    await using client = await openDnsClient(node.dns)
    expect(versionIn((await client.ask(versionQuery))?.bytes)).toBe(1)
  })
})

describe('probe', () => {
  test('is ready without DNS, warns of a store that nobody shares, and ends with 0', async () => {
    using folder = nodeFolder({ node: { name: 'prober-ap', region: 'ap' } })
    const prober = await startMeridian('probe', `${folder.path}/meridian.yaml`)
    expect(prober.ready).toMatch(/^ready: prober-ap probes 0 subjects from region ap; admin http:\/\//)
    const end = await prober.stop()
    expect(end.code).toBe(0)
    expect(end.err).toContain('warning: store is memory')
  })
})

describe('query', () => {
  test('asks where its configuration listens, and says what is wrong with one that was named', async () => {
    using folder = nodeFolder()
    await using node = await startMeridian('serve', `${folder.path}/meridian.yaml`)
    folder.write('other.yaml', { listen: [`0.0.0.0:${node.dns.port}`, '192.0.2.1:53'] })
    const asked = await run(queryCommand, 'version.example.org', 'TXT', '--config', `${folder.path}/other.yaml`)
    expect(asked.code).toBe(0)
    expect(asked.out).toContain('version.example.org.  60  IN  TXT  "1"')
    expect(asked.out).toContain(`;; 127.0.0.1:${node.dns.port} over UDP`)
    folder.write('other.yaml', { lisen: [] })
    const wrong = await run(queryCommand, 'version.example.org', '--config', `${folder.path}/other.yaml`)
    expect(wrong).toEqual({
      out: '',
      err: expect.stringContaining('unknown key "lisen" (did you mean "listen"?)'),
      code: 1,
    })
  })
})

describe('the launcher', () => {
  test.each([
    ["the machine's own", '/usr/bin/node'],
    ['the pinned', process.execPath],
  ])('runs the commands under %s Node, and passes on how they end', async (_, node) => {
    using folder = nodeFolder()
    const options = { program: [node, launcher] as const }
    const wrong = runMeridian(['sevre'], options)
    const running = await startMeridian('serve', `${folder.path}/meridian.yaml`, options)
    await using client = await openDnsClient(running.dns)
    expect(versionIn((await client.ask(versionQuery))?.bytes)).toBe(1)
    expect(await running.stop()).toMatchObject({ code: 0 })
    expect(await client.ask(versionQuery, 200)).toBeUndefined()
    expect(await wrong).toMatchObject({ code: 2, out: '' })
  })
})
