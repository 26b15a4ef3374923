// What `explain` says of a target that was resolved beforehand: what is known, since when, from whom, and for how long it holds.

import { printDuration } from '../base/duration.ts'
import { Type } from '../wire/message.ts'
import { Field, leastTtlOf, Resolved, secondsUntil } from '../zone/overlay.ts'
import type { Context } from './context.ts'

/** Of `ctx.resolved`. */
export function describeResolved(ctx: Context, resolvers: readonly string[]): string {
  const { resolved, nowSec, query, bound } = ctx
  const type = query.type === Type.AAAA ? 'AAAA' : 'A'
  const state = resolved[Field.state]!
  if (state === Resolved.pending) return `${type}: not resolved yet`
  if (state === Resolved.failed) return `${type}: no resolver has said anything of it yet`
  const what = describeState(state, resolved[Field.count]!, type)
  const by = resolvers[resolved[Field.resolver]!]
  const age = printDuration(1000 * Math.max(0, -secondsUntil(resolved[Field.since]!, nowSec)))
  const said = `${what}, said ${age} ago${by === undefined ? '' : ` by ${by}`}`
  const left = secondsUntil(resolved[Field.until]!, nowSec)
  if (left > 0) return `${said}; holds for ${printDuration(1000 * left)} more`
  if (left > -leastTtlOf(bound.overlay)) return `${said}; being asked for anew`
  const over = `${said}; its time was over ${printDuration(-1000 * left)} ago, and nobody has said anything newer`
  return secondsUntil(resolved[Field.kept]!, nowSec) < 0 ? `${over}, for too long to use it` : over
}

function describeState(state: number, count: number, type: string): string {
  if (state === Resolved.nowhere) return `${type}: the name does not exist`
  if (state === Resolved.nothing) return `${type}: the name has no such address`
  return `${count} ${count === 1 ? 'address' : 'addresses'} of type ${type}`
}
