// The acts of operators: POST /drain, /undrain, /drill, /undrill and /return. Here is what their bodies hold; whether the names in
// them mean anything is for the node to say.

import { z } from 'zod'
import { duration } from '../../core/base/schema.ts'
import { MAX_FOR_SEC } from '../../core/health/override.ts'
import { line } from './body.ts'
import type { NodeActs, Order, Ordered } from './node.ts'
import { type Act, type Caller, defineAct, json, type Reply } from './route.ts'

const who = {
  subjects: z
    .array(line('the name of a pool or target', 600), { error: 'expected a list of pools and targets' })
    .min(1, 'expected at least one pool or target')
    .max(100, 'expected at most 100 pools and targets at once'),
  author: line('who orders this', 64),
}
const why = line('the reason, for those who see it', 300)
const lasting = duration({ atLeastMs: 1000, atMostMs: 1000 * MAX_FOR_SEC })

const drainBody = z
  .strictObject({ ...who, why, for: lasting, fade: duration({ atMostMs: 1000 * MAX_FOR_SEC }).optional() })
  .refine((body) => (body.fade ?? 0) < body.for, {
    path: ['fade'],
    message: 'expected a fade that is over before the drain is',
  })
const drillBody = z.strictObject({ ...who, why, for: lasting })
const plainBody = z.strictObject({ ...who, why: why.optional() })

const drain = defineAct({
  path: '/drain',
  about: 'POST: take pools or targets out of new answers, at once or fading, for a time',
  may: 'operate',
  body: drainBody,
  reply: (node, { for: forMs, fade: fadeMs, ...body }, caller) =>
    obey(node, { act: 'drain', forMs, fadeMs, ...body, ...told(caller) }),
})

const drill = defineAct({
  path: '/drill',
  about: 'POST: let pools count as down for a time',
  may: 'operate',
  body: drillBody,
  reply: (node, { for: forMs, ...body }, caller) => obey(node, { act: 'drill', forMs, ...body, ...told(caller) }),
})

const plain = (act: 'undrain' | 'undrill' | 'return', about: string): Act =>
  defineAct({
    path: `/${act}`,
    about: `POST: ${about}`,
    may: 'operate',
    body: plainBody,
    reply: (node, { why: because = '', ...body }, caller) =>
      obey(node, { act, why: because, ...body, ...told(caller) }),
  })

export const orders: readonly Act[] = [
  drain,
  plain('undrain', 'take a drain back'),
  drill,
  plain('undrill', 'end a drill'),
  plain('return', 'let pools come back that wait for it'),
]

function told({ address }: Caller): { readonly from: string } {
  return { from: address }
}

const statusOf = { 'not-found': 404, conflict: 409, stopping: 503 } as const satisfies Record<
  Extract<Ordered, { ok: false }>['wrong'],
  Reply['status']
>

async function obey(node: NodeActs, order: Order): Promise<Reply> {
  const ordered = await node.order(order)
  return ordered.ok ? json(200, ordered.value) : json(statusOf[ordered.wrong], { error: ordered.error })
}
