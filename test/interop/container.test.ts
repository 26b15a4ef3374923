// The container image and the compose file, really run: the Dockerfile's lines in a Debian made by debootstrap, the image's
// command as the image's user, the compose file's services on a network of their own. Docker is not needed.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCompose } from './compose.ts'
import { type Container, type Running, startContainer } from './container.ts'
import { buildImage, type Image } from './image.ts'
import { eventually, startWorld, type World } from './world.ts'

const checkout = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(checkout, path), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'meridian-image-'))
const built: { meridian?: Image; redis?: Image } = {}

/** Compose's Redis comes from a registry of images; Debian's has the same programs in the same places. */
const redisFile = `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends redis-server`

beforeAll(() => {
  const builder = { folder, context: checkout, ignore: read('.dockerignore') }
  built.meridian = buildImage('meridian', read('docker/Dockerfile'), builder)
  built.redis = buildImage('redis', redisFile, builder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const alone: Running = {
  hostname: 'meridian',
  mounts: [],
  tmpfs: [],
  sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
}

async function run(
  command: readonly string[],
  mounts: Running['mounts'] = [],
): Promise<{ code: number | undefined; output: string }> {
  const container = await startContainer(built.meridian!, { ...alone, command, mounts })
  const code = await container.ended
  return { code, output: container.output() }
}

describe('the image', () => {
  test('has the program, its packages, koffi’s binary and one Node', () => {
    const { root } = built.meridian!
    const packages = readdirSync(join(root, 'opt/meridian/node_modules'))
    expect(packages).toContain('koffi')
    expect(packages.filter((name) => /^(node-|vitest|typescript|@types)/.test(name))).toEqual([])
    expect(readdirSync(join(root, 'opt/meridian/node_modules/@koromix')).length).toBeGreaterThan(0)
    expect(readdirSync(join(root, 'opt/meridian')).toSorted()).toEqual([
      'LICENSE',
      'bin',
      'node_modules',
      'package.json',
      'src',
    ])
    for (const absent of ['usr/local/bin/npm', 'opt/meridian/test', 'opt/meridian/docker'])
      expect(existsSync(join(root, absent))).toBe(false)
  })

  test('belongs to root: its user can change nothing in it', () => {
    const { root } = built.meridian!
    for (const path of [
      'opt/meridian/bin/meridian.js',
      'opt/meridian/src/main.ts',
      'etc/meridian/meridian.yaml',
      'usr/local/bin/node',
    ]) {
      const { uid, mode } = statSync(join(root, path))
      expect({ path, uid, others: mode & 0o022 }).toEqual({ path, uid: 0, others: 0 })
    }
  })

  test('meridian check finds its example fine', async () => {
    const { code, output } = await run(['check', '--config', '/etc/meridian/meridian.yaml'])
    expect(output).toContain('/etc/meridian/meridian.yaml: fine')
    expect(code).toBe(0)
  })

  test('a configuration with a mistake ends it with exit code 1 and the place of the mistake', async () => {
    const source = join(folder, 'wrong.yaml')
    writeFileSync(source, 'lisen: ["0.0.0.0:53"]\n')
    const { code, output } = await run(
      ['serve', '--config', '/etc/wrong.yaml'],
      [{ source, target: '/etc/wrong.yaml' }],
    )
    expect(output).toMatch(/\/etc\/wrong\.yaml:1:1 .*did you mean "listen"/)
    expect(code).toBe(1)
  })
})

describe('the image’s command', () => {
  const started: { container?: Container } = {}
  beforeAll(async () => {
    started.container = await startContainer(built.meridian!, alone)
    await eventually('it is healthy', 30_000, () => started.container!.succeeds(built.meridian!.health))
  })
  afterAll(() => started.container?.kill())

  test('runs as a user who is not root and has no capabilities', () => {
    const { statusOf } = started.container!
    expect(statusOf('Uid').split('\t')).toEqual(['10053', '10053', '10053', '10053'])
    expect(Number(statusOf('CapEff'))).toBe(0)
    expect(Number(statusOf('CapBnd'))).toBe(0)
  })

  test.each([['+notcp'], ['+tcp']])('answers dig %s on port 53', (transport) => {
    const answer = started.container!.ask(
      'dig',
      '@127.0.0.1',
      'www.example.com',
      'A',
      '+short',
      '+timeout=2',
      '+tries=1',
      transport,
    )
    expect(answer.trim().split('\n').toSorted()).toEqual(['192.0.2.10', '192.0.2.11'])
  })

  test('a health check that asks a stopped server fails', () => {
    const wrongPort = built.meridian!.health.map((word) => word.replace(':8053', ':8054'))
    expect(started.container!.succeeds(wrongPort)).toBe(false)
  })

  test('ends by itself, well, when told to stop', async () => {
    started.container!.signal(built.meridian!.stopSignal)
    expect(await started.container!.ended).toBe(0)
  })
})

describe('the compose file', () => {
  const compose = readCompose(read('docker/compose.yaml'), join(checkout, 'docker'))
  const started: { world?: World; leftAfterMs?: number } = {}
  beforeAll(async () => {
    started.world = await startWorld(
      compose,
      ({ image }) => (image.startsWith('redis:') ? built.redis! : built.meridian!),
      folder,
    )
  })
  afterAll(() => started.world?.end())

  const ask = (node: string, subnet: string): string => {
    const { world } = started
    const how = ['+short', '+timeout=2', '+tries=1', `+subnet=${subnet}`]
    return world!.ask('dig', `@${world!.addresses.get(node)}`, 'www.example.com', 'A', ...how).trim()
  }
  const nodes = ['ns1', 'ns2']

  test('meridian check finds every configuration fine where it is mounted', async () => {
    const services = compose.services.filter(({ name }) => /^(ns|prober)/.test(name))
    expect(services.length).toBe(5)
    const checked = services.map(async ({ name, mounts }) => {
      return { name, ...(await run(['check', '--config', '/etc/meridian/meridian.yaml'], mounts)) }
    })
    for (const { name, code, output } of await Promise.all(checked)) {
      expect({ name, code, output }).toEqual({ name, code: 0, output: expect.stringContaining(': fine') })
    }
  })

  test.each([
    ['Europe', '2.16.0.0/24', '192.0.2.10'],
    ['North America', '8.8.8.0/24', '198.51.100.10'],
    ['Asia', '1.33.0.0/24', '203.0.113.10'],
  ])('clients in %s are sent to their region by both nodes', (_, subnet, address) => {
    expect(nodes.map((node) => ask(node, subnet))).toEqual([address, address])
  })

  test('a stand-in that hangs is left by both nodes, and returned to when it is back', async () => {
    const backend = started.world!.containers.get('backend-eu')!
    const begun = Date.now()
    backend.signal('SIGSTOP')
    await eventually('Europe is sent to the United States', 20_000, () =>
      nodes.every((node) => ask(node, '2.16.0.0/24') === '198.51.100.10'),
    )
    started.leftAfterMs = Date.now() - begun
    backend.signal('SIGCONT')
    await eventually('Europe is sent to Europe again', 20_000, () =>
      nodes.every((node) => ask(node, '2.16.0.0/24') === '192.0.2.10'),
    )
  })

  test('losing Redis changes no answer, although a stand-in hangs that would be left otherwise', async () => {
    await started.world!.containers.get('redis')!.kill()
    started.world!.containers.get('backend-eu')!.signal('SIGSTOP')
    const until = Date.now() + 2 * started.leftAfterMs!
    while (Date.now() < until)
      expect(nodes.map((node) => ask(node, '2.16.0.0/24'))).toEqual(['192.0.2.10', '192.0.2.10'])
  })
})
