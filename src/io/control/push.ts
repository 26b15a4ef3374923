// POST /push: an application reports itself to a check of the type `push`, with the token of that check. That token can do
// nothing else, and no other token can do this.

import { z } from 'zod'
import { line } from './body.ts'
import { defineAct, json } from './route.ts'

const pushBody = z.strictObject({
  check: line('the name of a check, such as example.com/self', 300),
  target: line('the address of a target', 100),
  ok: z.boolean({ error: 'expected true or false' }),
  load: z
    .number({ error: 'expected a number' })
    .min(0, 'expected a load of at least 0')
    .max(1e15, 'expected a load of at most 1e15')
    .optional(),
  reason: line('the reason in words', 200).optional(),
})

export const push = defineAct({
  path: '/push',
  about: 'POST: an application reports itself, with load',
  may: 'own',
  body: pushBody,
  reply(node, body, { bearer }) {
    const taken = node.push({ ...body, bearer })
    return taken.ok ? json(200, taken.value) : json(taken.status, { error: taken.error })
  },
})
