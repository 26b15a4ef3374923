// fastest against a brute-force model of itself.

import { test } from 'vitest'
import { expectBruteAgrees } from './brute.ts'

test('fastest agrees with the model, in trees of any depth', () => expectBruteAgrees('fastest', 1000))
