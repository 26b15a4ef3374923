// exec: what a program is given, what counts of its end, and that nothing of it stays.

import { existsSync, readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { exec } from '../../../../src/io/probe/checks/exec.ts'
import { openKit } from '../../../../src/io/probe/kit.ts'
import type { LoadSource } from '../../../../src/io/probe/load.ts'
import { until } from '../../../support/until.ts'
import { limit } from '../loopback.ts'

const target = { address: '2001:db8::1', port: 8080 }
const kit = openKit({ allowExec: true })
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function sh(script: string, settings: object = {}, load?: LoadSource, ms = 3000) {
  return exec.run(exec.config.parse({ command: ['/bin/sh', '-c', script], ...settings }), target, limit(ms), kit, load)
}

test.each<[string, object, object]>([
  ['exit 0', {}, { ok: true, detail: 'exit code 0' }],
  ['exit 1', {}, { ok: false, detail: 'exit code 1' }],
  ['exit 2', { exit: [0, 2] }, { ok: true, detail: 'exit code 2' }],
  ['echo; echo "all is well"; echo more', {}, { ok: true, detail: 'exit code 0: all is well' }],
  ['kill -TERM $$', {}, { ok: false, detail: 'ended by SIGTERM' }],
  ['printf "%s" "$MERIDIAN_ADDRESS $MERIDIAN_PORT"', {}, { detail: 'exit code 0: 2001:db8::1 8080' }],
  ['printf "%s" "$WHO"', { env: { WHO: 'me' } }, { detail: 'exit code 0: me' }],
  ['printf "%s" "[$HOME$VITEST]"', {}, { detail: 'exit code 0: []' }],
  ['yes | head -c 10000000; exit 3', {}, { detail: 'exit code 3: y' }],
])('%s', async (script, settings, expected) => {
  expect(await sh(script, settings)).toMatchObject(expected)
})

test('arguments are given as they are: there is no shell', async () => {
  const settings = exec.config.parse({ command: ['/bin/echo', '$HOME', ';', 'exit 1'] })
  expect(await exec.run(settings, target, limit(3000), kit)).toMatchObject({ detail: 'exit code 0: $HOME ; exit 1' })
})

test('where it is not allowed, or not there, nothing is known of the target', async () => {
  const settings = exec.config.parse({ command: ['/bin/true'] })
  expect(await exec.run(settings, target, limit(3000), openKit())).toMatchObject({
    ok: undefined,
    detail: 'not probed: this node runs no programs (allow_exec in its configuration)',
  })
  const missing = exec.config.parse({ command: ['/nowhere/true'] })
  expect(await exec.run(missing, target, limit(3000), kit)).toMatchObject({
    ok: undefined,
    detail: 'not probed: cannot start /nowhere/true: ENOENT',
  })
})

test('when the time is up it ends, and all that it started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meridian-exec-'))
  folders.push(folder)
  const file = join(folder, 'pids')
  const seen = await sh(`sleep 61 & echo $! $$ > ${file}; trap "" TERM; wait`, {}, undefined, 300)
  expect(seen).toMatchObject({ ok: false, detail: 'timed out after 300ms while waiting for its end' })
  const pids = readFileSync(file, 'utf8').trim().split(' ')
  expect(pids).toHaveLength(2)
  const isOver = (pid: string): boolean =>
    !existsSync(`/proc/${pid}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  await until(
    () => 'both to end',
    5000,
    () => pids.every(isOver) || undefined,
  )
})

test('a child that it leaves behind with its output open is not waited for', async () => {
  const seen = await sh('sleep 5 & echo done')
  expect(seen).toMatchObject({ ok: true, detail: 'exit code 0: done' })
  expect(seen.tookMs).toBeLessThan(3000)
})

test('load stands in JSON that it prints', async () => {
  expect(await sh(`echo '{"load": 30}'`, {}, { json: '/load', of: 120 })).toMatchObject({ ok: true, load: 250 })
})
