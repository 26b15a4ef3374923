import { expect, test } from 'vitest'
import { storeConfig } from '../../../src/io/store/index.ts'
import { parseRedisUrl } from '../../../src/io/store/redis-config.ts'

test.each([
  ['redis://127.0.0.1', { at: { host: '127.0.0.1', port: 6379 }, isTls: false }],
  ['redis://redis.example.net:6380/2', { at: { host: 'redis.example.net', port: 6380 }, isTls: false, db: 2 }],
  ['redis://[2001:db8::1]:6380', { at: { host: '2001:db8::1', port: 6380 }, isTls: false }],
  [
    'rediss://user:p%40ss@redis',
    { at: { host: 'redis', port: 6379 }, isTls: true, username: 'user', password: 'p@ss' },
  ],
  ['redis://:secret@redis/', { at: { host: 'redis', port: 6379 }, isTls: false, password: 'secret' }],
  ['unix:///run/redis/redis.sock', { at: { path: '/run/redis/redis.sock' }, isTls: false }],
])('%s is understood', (text, url) => expect(parseRedisUrl(text)).toEqual(url))

test.each([
  '',
  'redis',
  'localhost:6379',
  'http://redis',
  'redis://',
  'redis:///2',
  'redis://r/two',
  'redis://r/1/2',
  'redis://r?db=1',
  'redis://r:99999',
  'redis://u:%zz@r',
  'unix://run',
])('"%s" is no URL of a Redis', (text) => expect(parseRedisUrl(text)).toBeUndefined())

test('memory is a store by its name alone', () => expect(storeConfig.parse('memory')).toBe('memory'))

test('a Redis has its defaults', () => {
  const { redis } = storeConfig.parse({ redis: { url: 'redis://r' } }) as { redis: object }
  expect(redis).toEqual({ url: { at: { host: 'r', port: 6379 }, isTls: false }, prefix: 'meridian', timeout: 500 })
})

test('Sentinels with the name of the master, or servers of a Cluster, stand in for the URL', () => {
  const sentinels = ['s1.example.net:26379', '[::1]:26380']
  expect(storeConfig.parse({ redis: { sentinels, master: 'ours', sentinel_password: 'x' } })).toMatchObject({
    redis: {
      sentinels: [
        { host: 's1.example.net', port: 26379 },
        { host: '::1', port: 26380 },
      ],
      master: 'ours',
    },
  })
  expect(storeConfig.parse({ redis: { cluster: ['r:6379'] } })).toMatchObject({
    redis: { cluster: [{ host: 'r', port: 6379 }] },
  })
})

test.each([
  ['a URL and Sentinels', { url: 'redis://r', sentinels: ['s:1'], master: 'm' }, ['redis', 'sentinels']],
  ['a URL and a Cluster', { url: 'redis://r', cluster: ['s:1'] }, ['redis', 'cluster']],
  ['Sentinels and a Cluster', { sentinels: ['s:1'], master: 'm', cluster: ['s:1'] }, ['redis', 'cluster']],
  ['Sentinels without the master', { sentinels: ['s:1'] }, ['redis', 'master']],
  ['a master without Sentinels', { cluster: ['s:1'], master: 'm' }, ['redis', 'master']],
  ['a user of Sentinels without any', { url: 'redis://r', sentinel_username: 'u' }, ['redis', 'sentinel_username']],
  ['a password of Sentinels without any', { url: 'redis://r', sentinel_password: 'p' }, ['redis', 'sentinel_password']],
  ['a database in a Cluster', { cluster: ['s:1'], db: 1 }, ['redis', 'db']],
  ['no Sentinel at all', { sentinels: [], master: 'm' }, ['redis', 'sentinels']],
  ['a Sentinel without a port', { sentinels: ['s:1', 's'], master: 'm' }, ['redis', 'sentinels', 1]],
  ['port 0', { cluster: ['s:0'] }, ['redis', 'cluster', 0]],
  ['a URL for a server of a Cluster', { cluster: ['redis://:hunter2@s:1'] }, ['redis', 'cluster', 0]],
])('%s is a mistake, and its place is told', (_, redis, path) => {
  const { issues } = storeConfig.safeParse({ redis }).error!
  const paths = issues.flatMap((issue) =>
    issue.code === 'invalid_union' ? issue.errors.flat().map((one) => one.path) : [issue.path],
  )
  expect(paths).toContainEqual(path)
  expect(JSON.stringify(issues)).not.toContain('hunter2')
})

test.each([
  ['an unknown store', 'etcd', []],
  ['an unknown setting', { redis: { url: 'redis://r', sentinel: [] } }, ['redis']],
  ['no URL', { redis: {} }, ['redis', 'url']],
  ['a URL of something else', { redis: { url: 'http://r' } }, ['redis', 'url']],
  [
    'braces in the prefix, which would move the slot',
    { redis: { url: 'redis://r', prefix: '{a}' } },
    ['redis', 'prefix'],
  ],
  ['a time limit without a unit', { redis: { url: 'redis://r', timeout: 500 } }, ['redis', 'timeout']],
  ['an unknown TLS setting', { redis: { url: 'redis://r', tls: { verify: false } } }, ['redis', 'tls']],
])('%s is a mistake', (_, value, path) => {
  const issue = storeConfig.safeParse(value).error!.issues[0]!
  const paths = issue.code === 'invalid_union' ? issue.errors.map((issues) => issues[0]?.path) : [issue.path]
  expect(paths).toContainEqual(path)
})

test('a URL that is wrong is not repeated, because it may hold a password', () => {
  const { error } = storeConfig.safeParse({ redis: { url: 'redis://:hunter2@:6379' } })
  expect(JSON.stringify(error?.issues)).not.toContain('hunter2')
})
