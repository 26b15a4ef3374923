// GET /status: zones, targets and their verdicts, probers, store, as JSON.

import { json, type Route } from './route.ts'

export const status: Route = {
  path: '/status',
  about: 'zones, targets, probers and store',
  parameters: [],
  reply: (node) => json(200, node.status()),
}
