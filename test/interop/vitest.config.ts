// The suite against real peers: dig, kdig, delv, Unbound, Redis, dnsperf, and the container image built without Docker.
// setup.ts brings what is missing. First those that only ask what is said, two files at a time; then one file at a time, because
// what times or counts wants the processor to itself.

import { defineConfig } from 'vitest/config'

/** Nothing in them is timed, and none of their peers is pressed. */
const patient = [
  'compilezone',
  'compose',
  'container',
  'delegation',
  'differential',
  'dockerfile',
  'edns-clients',
  'gdnsd',
  'zone-checks',
].map((name) => `test/interop/${name}.test.ts`)

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    globalSetup: ['test/setup/redis-server.ts', 'test/interop/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 10 * 60_000,
    projects: [
      { extends: true, test: { name: 'patient', include: patient, maxWorkers: 2, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/interop/**/*.test.ts'],
          exclude: patient,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
