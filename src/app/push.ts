// A report that an application pushed: whose it is, whether it may, and on to the prober.

import { type Endpoint, parseAddress, parseEndpoint, printAddress, printEndpoint } from '../core/base/address.ts'
import { parseSubject } from '../core/health/subject.ts'
import { isSameToken } from '../io/control/access.ts'
import type { Push, PushTaken } from '../io/control/node.ts'
import type { ProbeSubject } from '../io/probe/prober.ts'
import { pushOf } from '../io/probe/push.ts'
import type { PushReport } from '../io/probe/pushed.ts'

export interface PushPlace {
  readonly subjects: readonly ProbeSubject[]
  /** Undefined where this node does not probe. */
  readonly prober: { push(subject: string, report: PushReport): void } | undefined
}

export function takePush({ subjects, prober }: PushPlace, { check, target, bearer, ...report }: Push): PushTaken {
  const named = subjects.filter((each) => pushOf(each.check) !== undefined && checkOf(each) === check)
  // Whoever has no token does not learn which checks there are.
  if (!named.some((each) => isSameToken(bearer, pushOf(each.check)?.token))) {
    const found = bearer === undefined ? 'none' : 'another one'
    const error = `expected the name of a push check, and its token in the header Authorization, found ${found}`
    return { ok: false, status: 401, error }
  }
  const meant = named.filter(isAt(target))
  if (meant.length !== 1) {
    const known = named.slice(0, 10).map(printTarget).join(', ')
    const found = meant.length === 0 ? JSON.stringify(target) : `${JSON.stringify(target)}, which several have`
    return { ok: false, status: 404, error: `expected a target of ${check} (${known}), found ${found}` }
  }
  if (!prober) {
    const error = 'this node does not probe (prober: false), so it takes no reports: push to one that does'
    return { ok: false, status: 409, error }
  }
  const { subject } = meant[0]!
  prober.push(subject, report)
  return { ok: true, value: { subject } }
}

function checkOf({ subject }: ProbeSubject): string {
  const parts = parseSubject(subject)
  return `${parts?.zone ?? '*'}/${parts?.check}`
}

/** By its address, or with the port of its `probe_at`. */
function isAt(target: string): (each: Endpoint) => boolean {
  const address = parseAddress(target)
  const endpoint = parseEndpoint(target)
  if (address) return (each) => each.address === printAddress(address.bytes)
  return (each) => each.address === endpoint?.address && each.port === endpoint.port
}

function printTarget({ address, port }: Endpoint): string {
  return port === 0 ? address : printEndpoint({ address, port })
}
