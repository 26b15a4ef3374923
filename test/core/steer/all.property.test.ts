// all against a brute-force model of itself.

import { test } from 'vitest'
import { expectBruteAgrees } from './brute.ts'

test('all agrees with the model, in trees of any depth', () => expectBruteAgrees('all', 1000))
