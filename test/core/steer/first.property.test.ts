// first against a brute-force model of itself.

import { test } from 'vitest'
import { expectBruteAgrees } from './brute.ts'

test('first agrees with the model, in trees of any depth', () => expectBruteAgrees('first', 1000))
