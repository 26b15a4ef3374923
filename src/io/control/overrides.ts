// GET /overrides: what operators have ordered, by whom, why and until when.

import { json, type Route } from './route.ts'

export const overrides: Route = {
  path: '/overrides',
  about: 'the overrides in force',
  parameters: [],
  reply: (node) => json(200, node.overrides()),
}
