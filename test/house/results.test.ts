// What the last lines of .ci/run say of the tests.

import { expect, test } from 'vitest'
import { countTests } from '../../tools/test-results.ts'

const file = (name: string, status: string, ...tests: readonly string[]) => ({
  name,
  status,
  assertionResults: tests.map((each) => ({ status: each })),
})
const first = [file('a', 'failed', 'passed', 'failed'), file('b', 'failed'), file('c', 'passed', 'passed', 'passed')]

test('a file that does not load counts as a test that failed', () =>
  expect(countTests([first])).toEqual({ passed: 3, failed: 2 }))

test('what a second run says of a file replaces what the first one said, for better or worse', () => {
  const again = [file('a', 'passed', 'passed', 'passed'), file('b', 'failed', 'failed', 'passed')]
  expect(countTests([first, again])).toEqual({ passed: 5, failed: 1 })
})

test('a file that fails after its tests passed has failed', () =>
  expect(countTests([[file('a', 'failed', 'passed')]])).toEqual({ passed: 1, failed: 1 }))
