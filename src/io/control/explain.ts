// GET /explain: what this node would answer to a client, and why.

import { json, type Route } from './route.ts'

/** Longer ones are no name, type or prefix: a name has at most 255 bytes, each written as \DDD at worst. */
const MAX_PARAMETER = 1024

export const explain: Route = {
  path: '/explain',
  about:
    'what would be answered, and why: name, type (A), client (an address or prefix), resolver (an address), at (a time), down (pools to be taken for down, with commas)',
  parameters: ['name', 'type', 'client', 'resolver', 'at', 'down'],
  async reply(node, { name, type, client, resolver, at, down }) {
    if (name === undefined)
      return json(400, { error: 'expected a name, as in /explain?name=www.example.com&type=A&client=192.0.2.1' })
    for (const value of [name, type, client, resolver, at, down]) {
      if (value !== undefined && value.length > MAX_PARAMETER)
        return json(400, { error: `expected at most ${MAX_PARAMETER} characters` })
    }
    const explained = await node.explain({
      name,
      type: type ?? 'A',
      client,
      resolver,
      at,
      down: down?.split(',') ?? [],
    })
    return explained.ok ? json(200, explained.value) : json(400, { error: explained.error })
  },
}
