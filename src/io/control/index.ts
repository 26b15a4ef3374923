// The admin routes: a new one gets its file and its line here.

import { explain } from './explain.ts'
import { healthz, readyz } from './health.ts'
import { home } from './home.ts'
import { metrics } from './metrics.ts'
import type { Route } from './route.ts'
import { status } from './status.ts'

const listed: readonly Route[] = [metrics, healthz, readyz, status, explain]

export const routes: readonly Route[] = [...listed, home(listed)]
