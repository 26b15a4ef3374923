// The compose file by its text: what it refers to exists, nothing in it has rights it does not need, and each rule is seen to fail.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { lintCompose, readCompose } from './compose.ts'

const folder = join(import.meta.dirname, '../../docker')
const text = readFileSync(join(folder, 'compose.yaml'), 'utf8')
const compose = readCompose(text, folder)

test('the compose file keeps to every rule', () => {
  expect(lintCompose(compose, existsSync)).toEqual([])
})

test('two DNS nodes, probers in three regions, one Redis and a stand-in per region', () => {
  expect(compose.services.map(({ name }) => name)).toEqual([
    ...['ns1', 'ns2', 'prober-eu', 'prober-us', 'prober-ap', 'redis'],
    ...['backend-eu', 'backend-us', 'backend-ap'],
  ])
})

test('each node has its own configuration, under its own name', () => {
  const nodes = compose.services.filter(({ name }) => /^(ns|prober)/.test(name))
  for (const { name, hostname, mounts } of nodes) {
    const config = mounts.find(({ target }) => target === '/etc/meridian/meridian.yaml')!.source
    expect(parse(readFileSync(config, 'utf8'))).toMatchObject({
      node: { name },
      health: { vantages: ['eu', 'us', 'ap'] },
    })
    expect(hostname).toBe(name)
  }
})

test('every probe goes to a stand-in', () => {
  const backends = compose.services
    .filter(({ name }) => name.startsWith('backend'))
    .map(({ address }) => `${address}:8080`)
  const zones = globSync('config/zones/*.yaml', { cwd: folder }).map((path) => readFileSync(join(folder, path), 'utf8'))
  const probed = zones.flatMap((zone) => [...zone.matchAll(/probe_at: "([^"]+)"/g)].map((match) => match[1]!))
  expect(probed.toSorted()).toEqual(backends.toSorted())
})

test('the password is in no file but the secret', () => {
  const password = readFileSync(join(folder, 'secrets/redis-password'), 'utf8').trim()
  const files = globSync('**/*.*', { cwd: folder }).filter((path) =>
    readFileSync(join(folder, path), 'utf8').includes(password),
  )
  expect({ length: password.length > 10, files }).toEqual({ length: true, files: [] })
})

describe('seen to fail', () => {
  test.each([
    ['read_only: true', 'read_only: false', 'ns1: may write to its /'],
    ['cap_drop: [ALL]', 'cap_drop: [CHOWN]', 'ns1: keeps capabilities'],
    ['no-new-privileges:true', 'no-new-privileges:false', 'ns1: may gain privileges'],
    ['hostname: ns1', 'privileged: true', 'ns1: has more rights than it needs'],
    ['hostname: ns1', 'environment: { REDIS_PASSWORD: x }', 'ns1: has a secret in its environment'],
    ['redis:7.4-bookworm', 'redis:latest', 'redis: the image redis:latest has no lasting tag'],
    ['redis:7.4-bookworm', 'redis', 'redis: the image redis has no lasting tag'],
    ['user: "10379:10379"', 'user: redis', 'redis: has no user of its own'],
    ['127.0.0.1:5301:53/udp', '5301:53/udp', 'ns1: port 5301:53/udp is open to the world'],
    ['./config/ns1.yaml', './config/ns3.yaml', `ns1: ${folder}/config/ns3.yaml does not exist`],
    ['./secrets/redis-password', './secrets/none', `ns1: ${folder}/secrets/none does not exist`],
    ['172.30.53.12 ', '172.30.53.11 ', '172.30.53.11 is given twice'],
    ['172.30.53.12 ', '172.30.54.12 ', 'backend-us: 172.30.54.12 is in no subnet of its networks'],
    ['172.30.53.12 ', '172.30.53.200 ', 'backend-us: 172.30.53.200 may be given to another'],
    ['networks: [outside, inside]', 'networks: [inside]', 'ns1: publishes ports into the void'],
    ['networks: [outside, inside]', 'networks: [outside, insight]', 'ns1: there is no network insight'],
    ['redis: { condition', 'rediss: { condition', 'ns1: waits for rediss in vain'],
    ['dockerfile: docker/Dockerfile', 'dockerfile: Dockerfile', `${join(folder, '../Dockerfile')} does not exist`],
  ])('%j → %j', (before, after, message) => {
    expect(text).toContain(before)
    expect(lintCompose(readCompose(text.replace(before, after), folder), existsSync)).toContain(message)
  })

  test('a volume that may be written to, and an unknown secret', () => {
    expect(() => readCompose(text.replace('zones:ro', 'zones'), folder)).toThrow('may be written to')
    expect(() => readCompose(text.replace('secrets: [redis_password]', 'secrets: [other]'), folder)).toThrow(
      'there is no secret other',
    )
  })
})
