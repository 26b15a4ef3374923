// The admin routes: a new one gets its file and its line here.

import { explain } from './explain.ts'
import { healthz, readyz } from './health.ts'
import { home } from './home.ts'
import { metrics } from './metrics.ts'
import { orders } from './order.ts'
import { push } from './push.ts'
import { overrides } from './overrides.ts'
import type { Act, Route } from './route.ts'
import { status } from './status.ts'

const listed: readonly Route[] = [metrics, healthz, readyz, status, explain, overrides]

export const acts: readonly Act[] = [...orders, push]

export const routes: readonly Route[] = [...listed, home([...listed, ...acts])]
