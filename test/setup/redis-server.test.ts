import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { findServer } from './redis-server.ts'

beforeEach(() => void vi.stubEnv('REDIS_SERVER_BIN', ''))
afterEach(() => void vi.unstubAllEnvs())

function folder(programs: readonly string[]): string {
  const path = mkdtempSync(join(tmpdir(), 'meridian-path-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  for (const program of programs) writeFileSync(join(path, program), '', { mode: 0o755 })
  return path
}

test('the program that REDIS_SERVER_BIN names goes before PATH', () => {
  const named = join(folder(['my-redis']), 'my-redis')
  vi.stubEnv('PATH', folder(['redis-server']))
  vi.stubEnv('REDIS_SERVER_BIN', named)
  expect(findServer()).toBe(named)
})

test('a REDIS_SERVER_BIN that leads nowhere is said, and not passed over', () => {
  vi.stubEnv('PATH', folder(['redis-server']))
  vi.stubEnv('REDIS_SERVER_BIN', '/nowhere/redis')
  expect(findServer).toThrow(/REDIS_SERVER_BIN is \/nowhere\/redis/)
})

test('Valkey will do, Redis goes first, wherever in PATH', () => {
  const [valkey, redis] = [folder(['valkey-server']), folder(['redis-server'])]
  vi.stubEnv('PATH', `${valkey}:${redis}`)
  expect(findServer()).toBe(join(redis, 'redis-server'))
  vi.stubEnv('PATH', `::${valkey}`)
  expect(findServer()).toBe(join(valkey, 'valkey-server'))
})

test('folders, and files that cannot be run, are no servers', () => {
  const path = folder([])
  mkdirSync(join(path, 'redis-server'))
  writeFileSync(join(path, 'valkey-server'), '', { mode: 0o644 })
  vi.stubEnv('PATH', path)
  expect(findServer()).toBeUndefined()
})
