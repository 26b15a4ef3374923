// Once before all tests: finds a Redis server, or installs one where that is safe to do, and tells the tests its path.

import { accessSync, constants } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { findProgram, needPrograms } from './debian.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of a redis-server or valkey-server. */
    redisServer: string
  }
}

export default function setup(project: TestProject): void {
  project.provide('redisServer', findServer() ?? installServer())
}

/** The server that REDIS_SERVER_BIN names, or the first one in PATH. A name that leads nowhere is an error, and not passed over. */
export function findServer(): string | undefined {
  const named = process.env.REDIS_SERVER_BIN
  if (!named) return findProgram('redis-server') ?? findProgram('valkey-server')
  try {
    accessSync(named, constants.X_OK)
    return named
  } catch (error) {
    throw new Error(`REDIS_SERVER_BIN is ${named}, which is no program`, { cause: error })
  }
}

function installServer(): string {
  try {
    needPrograms({ 'redis-server': 'redis-server' })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const advice =
      'Elsewhere: install Redis or Valkey by its package manager, or set REDIS_SERVER_BIN to the path of a server'
    throw new Error(`${why}. ${advice}`, { cause: error })
  }
  return findServer()!
}
