// One admin route: a path, what it is for, and the reply. Each has its own file and a line in index.ts.

import type { z } from 'zod'
import type { NodeActs, NodeFacts } from './node.ts'

/** Reads; by GET. */
export interface Route {
  readonly path: `/${string}`
  /** For the list at `/`. */
  readonly about: string
  /** The query parameters it takes; any other one is a mistake. */
  readonly parameters: readonly string[]
  /** Whether it takes no token, for supervisors that have none. It tells nothing worth hiding. */
  readonly isForAnybody?: true
  reply(node: NodeFacts, parameters: Readonly<Record<string, string>>): Reply | Promise<Reply>
}

/** Changes something; by POST, with a body in JSON. */
export interface Act<Body = unknown> {
  readonly path: `/${string}`
  readonly about: string
  readonly body: z.ZodType<Body>
  /**
   * Who may: operators with their token. Others than operators (an application that reports itself, say) would have tokens of
   * their own: such a route says `own`, and compares `caller.bearer` with `isSameToken` itself.
   */
  readonly may: 'operate' | 'own'
  reply(node: NodeActs, body: Body, caller: Caller): Reply | Promise<Reply>
}

export interface Caller {
  readonly address: string
  readonly bearer: string | undefined
}

/** Acts of many bodies stand in one list; each gets only what its own schema has let through. */
export function defineAct<Body>(act: Act<Body>): Act {
  return act
}

export interface Reply {
  readonly status: 200 | 400 | 401 | 403 | 404 | 409 | 503
  readonly type: string
  readonly body: string
}

export function json(status: Reply['status'], value: unknown): Reply {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value, null, 2)}\n` }
}

export function text(body: string, type = 'text/plain; charset=utf-8'): Reply {
  return { status: 200, type, body }
}
