// rotate against a brute-force model of itself.

import { test } from 'vitest'
import { expectBruteAgrees } from './brute.ts'

test('rotate agrees with the model, in trees of any depth', () => expectBruteAgrees('rotate', 1000))
