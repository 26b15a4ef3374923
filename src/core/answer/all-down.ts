// What a service answers when nothing of it is usable, as its `all_down` says: everything, nothing, or a pool. Hot.

import { AllDown, ServiceField } from '../steer/compile.ts'
import { type Asking, Outcome } from '../steer/policy.ts'
import { Ede } from '../wire/ede.ts'
import { Flag, Rcode } from '../wire/message.ts'
import { emptyReply } from '../wire/reply.ts'
import type { Context } from './context.ts'

/** Chooses targets, or makes the answer SERVFAIL and returns false. `at` is the service's record in the table. */
export function chooseAllDown(ctx: Context, zoneIndex: number, at: number): boolean {
  const { asking, bound, trace } = ctx
  const { table } = asking
  const mode = table[at + ServiceField.allDown]!
  ctx.slots[bound.snapshot.slotBase[zoneIndex]! + table[at + ServiceField.allDownSlot]!]! += 1
  if (mode === AllDown.closed) {
    trace?.step('all down', 'nothing is usable: fails closed, SERVFAIL')
    fail(ctx, Ede.allDownClosed)
    return false
  }
  if (mode === AllDown.open) {
    trace?.step('all down', 'nothing is usable: fails open and answers with everything')
    ctx.ede = Ede.allDown
    gather(asking, table[at + ServiceField.root]!)
    return true
  }
  trace?.step('all down', `nothing is usable: ${trace.nameOf(mode)} answers, whatever its state`)
  ctx.ede = Ede.allDownPool
  asking.minHealthy = -1
  asking.withFading = true
  asking.chosenCount = 0
  asking.slot = -1
  if (asking.pick(mode) === Outcome.unusable) gather(asking, mode)
  return true
}

/** Everything the tree could give this client; what the operator drained only where there is nothing else. */
function gather(asking: Asking, root: number): void {
  asking.chosenCount = 0
  asking.slot = -1
  asking.withDrained = false
  asking.gather(root)
  if (asking.chosenCount > 0) return
  asking.withDrained = true
  asking.gather(root)
}

/** Makes the answer SERVFAIL. Also what an alias before it had written is taken back: half an answer with SERVFAIL is nobody's. */
export function fail(ctx: Context, ede: number): void {
  const { reply: r, query: q } = ctx
  emptyReply(r, q)
  r.flags &= ~Flag.aa
  r.rcode = Rcode.servFail
  ctx.ede = ede
  ctx.scope = 0
}
