// sticky against a brute-force model of itself.

import { test } from 'vitest'
import { expectBruteAgrees } from './brute.ts'

test('sticky agrees with the model, in trees of any depth', () => expectBruteAgrees('sticky', 1000))
