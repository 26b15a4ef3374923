// GET /metrics: for Prometheus.

import { metricsContentType } from '../telemetry/metrics.ts'
import { type Route, text } from './route.ts'

export const metrics: Route = {
  path: '/metrics',
  about: 'metrics in Prometheus text form',
  parameters: [],
  reply: (node) => text(node.metricsText(), metricsContentType),
}
