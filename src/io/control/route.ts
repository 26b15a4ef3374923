// One admin route: a path, what it is for, and the reply. Each has its own file and a line in index.ts.

import type { NodeFacts } from './node.ts'

export interface Route {
  readonly path: `/${string}`
  /** For the list at `/`. */
  readonly about: string
  /** The query parameters it takes; any other one is a mistake. */
  readonly parameters: readonly string[]
  reply(node: NodeFacts, parameters: Readonly<Record<string, string>>): Reply | Promise<Reply>
}

export interface Reply {
  readonly status: 200 | 400 | 503
  readonly type: string
  readonly body: string
}

export function json(status: Reply['status'], value: unknown): Reply {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value, null, 2)}\n` }
}

export function text(body: string, type = 'text/plain; charset=utf-8'): Reply {
  return { status: 200, type, body }
}
