// nearest against a brute-force model of itself.

import { test } from 'vitest'
import { expectBruteAgrees } from './brute.ts'

test('nearest agrees with the model, in trees of any depth', () => expectBruteAgrees('nearest', 1000))
