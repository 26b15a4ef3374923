// shed against a brute-force model of itself.

import { test } from 'vitest'
import { expectBruteAgrees } from './brute.ts'

test('shed agrees with the model, in trees of any depth', () => expectBruteAgrees('shed', 1000))
