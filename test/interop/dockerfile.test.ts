// The Dockerfile by its text: what a linter for Dockerfiles would say, and that each of these rules says it.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isSent, lintDockerfile, parseDockerfile, wordsOf } from './dockerfile.ts'

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'docker/Dockerfile'), 'utf8')
const ignore = readFileSync(join(root, '.dockerignore'), 'utf8')
const isThere = (path: string): boolean => existsSync(join(root, path)) && isSent(ignore, path)

test('the Dockerfile keeps to every rule', () => {
  expect(parseDockerfile(text).map(({ name }) => name)).toEqual(['build', '1'])
  expect(lintDockerfile(text, isThere)).toEqual([])
})

test('the builder is sent no zones, geo data, secrets or packages of the checkout', () => {
  for (const path of [
    'zones/example.com.yaml',
    'node_modules/zod/package.json',
    '.git/config',
    'docker/secrets/redis-password',
    'test/x.ts',
  ]) {
    expect({ path, isSent: isSent(ignore, path) }).toEqual({ path, isSent: false })
  }
  expect(isSent(ignore, 'src/core/wire/name.ts')).toBe(true)
})

test('instructions: continued lines, comments in between, flags, the JSON form', () => {
  const [stage] = parseDockerfile(
    '# x\nFROM a:1 AS b\nRUN one \\\n# no\n  && two\nCOPY --from=c --chown=1:1 d e\nCMD ["f", "g h"]\n',
  )
  expect(stage).toMatchObject({ name: 'b', base: 'a:1' })
  expect(
    stage!.instructions.map(({ name, flags, rest, line }) => ({ name, flags, rest: rest.replace(/\s+/g, ' '), line })),
  ).toEqual([
    { name: 'RUN', flags: {}, rest: 'one && two', line: 3 },
    { name: 'COPY', flags: { from: 'c', chown: '1:1' }, rest: 'd e', line: 6 },
    { name: 'CMD', flags: {}, rest: '["f", "g h"]', line: 7 },
  ])
  expect(wordsOf('["f", "g h"]')).toEqual(['f', 'g h'])
  expect(wordsOf('f g')).toBeUndefined()
})

describe('seen to fail', () => {
  const changes: [string, string, string][] = [
    ['FROM debian:bookworm-slim', 'FROM debian', 'FROM debian has no tag'],
    ['FROM debian:bookworm-slim', 'FROM debian:latest', 'FROM debian:latest is another image tomorrow'],
    [
      'USER 10053:10053',
      'USER meridian',
      'USER meridian is not a number above 0, so nothing can tell that it is not root',
    ],
    ['USER 10053:10053', 'USER 0', 'USER 0 is not a number above 0, so nothing can tell that it is not root'],
    ['USER 10053:10053\n', '', 'the image runs as root: no USER'],
    ['STOPSIGNAL SIGTERM', 'RUN true\nSTOPSIGNAL SIGTERM', 'RUN after USER'],
    ['COPY bin bin', 'COPY bins bin', 'bins does not exist, or .dockerignore leaves it out'],
    ['COPY bin bin', 'COPY zones zones', 'zones does not exist, or .dockerignore leaves it out'],
    ['COPY bin bin', 'ADD bin bin', 'ADD also unpacks and downloads: COPY'],
    ['--from=build /usr', '--from=builder /usr', 'there is no earlier stage builder'],
    [' /var/lib/apt/lists/*', '', 'the lists of apt stay in the layer'],
    ['--no-install-recommends', '', 'apt-get install brings recommended packages'],
    ['install -y', 'install', 'apt-get install without -y asks'],
    ['apt-get update', 'true', 'apt-get install without update in the same layer uses an old list'],
    ['npm ci', 'npm install', 'npm install may choose other versions: npm ci'],
    ['npm ci', 'sudo npm ci', 'sudo has no place in a build'],
    ['npm ci', 'curl -s x | sh; npm ci', 'runs what it downloads'],
    ['ENV NODE_ENV=production', 'ENV REDIS_PASSWORD=x', 'a secret would stay in the image'],
    ['CMD ["serve"', 'CMD serve ["', 'CMD in shell form keeps signals from us'],
    ['EXPOSE 53/udp 53/tcp', 'EXPOSE 53/udp', '53/tcp is not exposed'],
    ['COPY package.json package-lock.json ./', 'COPY src src', 'installs after the source was copied'],
    ['STOPSIGNAL SIGTERM\n', '', 'there is no STOPSIGNAL'],
    ['ENTRYPOINT ["meridian"]\n', '', 'there is no ENTRYPOINT'],
  ]

  test.each(changes)('%j → %j', (before, after, message) => {
    expect(text).toContain(before)
    const found = lintDockerfile(text.replace(before, after), isThere)
    expect(found.map((each) => each.replace(/^line \d+: /, ''))).toEqual([message])
  })
})
