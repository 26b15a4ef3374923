// least against a brute-force model of itself.

import { test } from 'vitest'
import { expectBruteAgrees } from './brute.ts'

test('least agrees with the model, in trees of any depth', () => expectBruteAgrees('least', 1000))
