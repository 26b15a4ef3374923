// The suite against real peers: dig, kdig, delv, Unbound, Redis, dnsperf, and the container image built without Docker.
// setup.ts brings what is missing. One file at a time: the peers want the processor to themselves.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/setup/redis-server.ts', 'test/interop/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 10 * 60_000,
    fileParallelism: false,
  },
})
