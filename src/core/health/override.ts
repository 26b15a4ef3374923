// Overrides: what an operator orders over what the probers see. A drain takes a pool or a target out of new answers, at once or
// fading; a drill makes a pool count as down, as if every check of it had failed; a return lets a pool that waits for somebody's
// word come back. All but the last end by themselves.

export const overrideKinds = ['drain', 'drill', 'return'] as const
export type OverrideKind = (typeof overrideKinds)[number]

/** The longest that anything may be ordered for: so what was taken back can be forgotten one day. For longer, the configuration has `drained`. */
export const MAX_FOR_SEC = 30 * 86_400

/** Characters of a target's name. What is longer is no address, and can only be drained with its pool. */
export const MAX_TARGET = 4000

/** A pool, or one target of it. */
export interface OverrideSubject {
  /** The zone whose file defines the pool; `*` for one from an included file. */
  readonly scope: string
  readonly pool: string
  readonly target: string | undefined
}

/** Times are Unix seconds by the clock of the node that took the order: people read them, and each node turns them into times of its own once. */
export interface Override extends OverrideSubject {
  /** Stays when the end of something in force is changed, so that it is known as the same. */
  readonly id: string
  readonly kind: OverrideKind
  readonly author: string
  readonly why: string
  readonly sinceSec: number
  /** undefined: a return, which has no end. */
  readonly untilSec: number | undefined
  /** How long a drain takes to take all of the weight. */
  readonly fadeSec: number
}

/** An override with its times on the reader's clock, which never jumps. */
export interface Timed {
  readonly override: Override
  readonly startMs: number
  /** Infinity for one without an end. */
  readonly endMs: number
}

/** What the overrides on one target come to at one moment. */
export interface Effect {
  readonly isDrained: boolean
  /** By a drill: counts as down, whatever the verdict. */
  readonly isDown: boolean
  /** Per mille of the weight that is left. */
  readonly fade: number
  /** When this changes of itself next; Infinity: never. */
  readonly nextMs: number
  /** When a drill last took the target down, or let it up again; -Infinity: not that anybody remembers. */
  readonly drilledMs: number
  /** When an operator last let it return; -Infinity: never. */
  readonly returnedMs: number
}

export const noEffect: Effect = Object.freeze({
  isDrained: false,
  isDown: false,
  fade: 1000,
  nextMs: Number.POSITIVE_INFINITY,
  drilledMs: Number.NEGATIVE_INFINITY,
  returnedMs: Number.NEGATIVE_INFINITY,
})

/** `example.com/eu`, `example.com/eu/192.0.2.10`; pools of included files begin with an asterisk. */
export function printOverrideSubject({ scope, pool, target }: OverrideSubject): string {
  return `${scope}/${pool}${target === undefined ? '' : `/${target}`}`
}

/** Whether an override that names a pool, or a target of it, is about this target. */
export function covers(override: OverrideSubject, { scope, pool, target }: OverrideSubject): boolean {
  return (
    override.scope === scope && override.pool === pool && (override.target === undefined || override.target === target)
  )
}

/** When a drain has taken all of the weight. */
export function goneMs({ override, startMs }: Timed): number {
  return startMs + 1000 * override.fadeSec
}

export function isInForce({ endMs }: Timed, nowMs: number): boolean {
  return nowMs < endMs
}

/** What overrides on the same target come to together: each can only take something away. */
export function effectOf(overrides: readonly Timed[], nowMs: number): Effect {
  let effect = noEffect
  for (const timed of overrides) {
    const alone = aloneOf[timed.override.kind](timed, nowMs)
    if (alone !== noEffect) effect = joined(effect, alone)
  }
  return effect
}

const aloneOf = {
  drain: drainAlone,
  drill: drillAlone,
  return: ({ startMs }: Timed): Effect => ({ ...noEffect, returnedMs: startMs }),
} as const satisfies Record<OverrideKind, (timed: Timed, nowMs: number) => Effect>

function drillAlone(timed: Timed, nowMs: number): Effect {
  const { startMs, endMs } = timed
  if (isInForce(timed, nowMs)) return { ...noEffect, isDown: true, nextMs: endMs, drilledMs: startMs }
  return { ...noEffect, drilledMs: endMs }
}

function drainAlone(timed: Timed, nowMs: number): Effect {
  if (!isInForce(timed, nowMs)) return noEffect
  const leftMs = goneMs(timed) - nowMs
  if (leftMs <= 0) return { ...noEffect, isDrained: true, nextMs: timed.endMs }
  // Never 0 before its time: that would draw as a target of weight 0 does, which is a reserve and not one that leaves.
  const fade = Math.min(1000, Math.max(1, Math.round(leftMs / timed.override.fadeSec)))
  return { ...noEffect, fade, nextMs: Math.min(timed.endMs, goneMs(timed)) }
}

function joined(a: Effect, b: Effect): Effect {
  return {
    isDrained: a.isDrained || b.isDrained,
    isDown: a.isDown || b.isDown,
    fade: Math.min(a.fade, b.fade),
    nextMs: Math.min(a.nextMs, b.nextMs),
    drilledMs: Math.max(a.drilledMs, b.drilledMs),
    returnedMs: Math.max(a.returnedMs, b.returnedMs),
  }
}
