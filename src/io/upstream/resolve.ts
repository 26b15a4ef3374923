// Asking resolvers for the addresses of a name, one after the other until one says something.

import { type Endpoint, printEndpoint } from '../../core/base/address.ts'
import { Failure } from '../../core/base/failure.ts'
import { ask } from '../ask/ask.ts'
import { readResolution, type Said } from './resolution.ts'

export interface Resolving {
  /** In presentation format. */
  readonly name: string
  readonly type: number
  readonly resolvers: readonly Endpoint[]
  /** Index of the one to begin with. */
  readonly first: number
  /** Of each. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export type Outcome =
  | { readonly said: Said; readonly resolver: number }
  /** Of all resolvers, in words. */
  | { readonly failed: string }

/** Never rejects for what a resolver does. */
export async function resolveName(resolving: Resolving): Promise<Outcome> {
  const { resolvers, first } = resolving
  const failures: string[] = []
  for (let i = 0; i < resolvers.length; i++) {
    const resolver = (first + i) % resolvers.length
    const said = await askOne(resolving, resolvers[resolver]!)
    if (typeof said !== 'string') return { said, resolver }
    failures.push(said)
    if (resolving.signal?.aborted) break
  }
  return { failed: failures.length === 0 ? 'there is no resolver to ask' : failures.join('; ') }
}

async function askOne({ name, type, timeoutMs, signal }: Resolving, server: Endpoint): Promise<Said | string> {
  try {
    const asked = await ask({ server, name, type, recursive: true, tries: 1, timeoutMs, signal })
    const said = readResolution(asked, name, type)
    return typeof said === 'string' ? `${printEndpoint(server)} says ${said}` : said
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
}
