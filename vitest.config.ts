// The default suite: everything that needs no peer from outside, but a real Redis (test/setup/redis-server.ts finds or installs it).

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'test/long/**'],
    globalSetup: ['test/setup/redis-server.ts'],
    testTimeout: 30_000,
  },
})
