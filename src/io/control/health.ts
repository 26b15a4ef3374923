// GET /healthz and /readyz, for supervisors and orchestrators. Living and being ready differ: a node that lost its store, or whose
// files are wrong, must not be restarted for it; one that has no zones yet must not be asked.

import { json, type Route, text } from './route.ts'

export const healthz: Route = {
  path: '/healthz',
  about: 'whether the process lives',
  parameters: [],
  isForAnybody: true,
  reply: () => text('ok\n'),
}

export const readyz: Route = {
  path: '/readyz',
  about: 'whether DNS is served as configured: 200, or 503 with the reasons',
  parameters: [],
  isForAnybody: true,
  reply(node) {
    const readiness = node.ready()
    return json(readiness.ready ? 200 : 503, readiness)
  },
}
