// What ALIAS records ask of a node: the names to be resolved, and by whom, once all zones are known.

import { type AliasTarget, findAliasTargets } from '../core/answer/alias-targets.ts'
import type { Endpoint } from '../core/base/address.ts'
import { bindZone } from '../core/zone/image.ts'
import { createOverlay } from '../core/zone/overlay.ts'
import { systemResolvers } from '../io/upstream/resolv-conf.ts'
import type { NodeConfig } from './config.ts'
import type { Reading } from './reading.ts'
import type { CompiledZone } from './zone-file.ts'

export interface AliasPlan {
  /** In the order in which they stand in the overlay. */
  readonly targets: readonly AliasTarget[]
  readonly resolvers: readonly Endpoint[]
  readonly timeoutMs: number
  readonly leastTtlSec: number
  readonly mostTtlSec: number
  readonly keepSec: number
}

/** Of an answer whose time is over (RFC 8767 §4 recommends it). */
const STALE_TTL = 30

/** What is wrong goes to the reading's problems. */
export function planAliases(
  reading: Reading,
  file: string,
  { alias }: NodeConfig,
  zones: readonly CompiledZone[],
  catalog: SharedArrayBuffer,
): AliasPlan {
  const { targets, findings } = findAliasTargets(
    zones.map(({ image, aliases, serviceNames }) => ({ zone: bindZone(image), aliases, serviceNames })),
    catalog,
  )
  for (const { place, message, severity } of findings) reading.problems.push({ ...place, path: '', message, severity })
  const resolvers = alias.resolvers ?? (targets.length > 0 ? systemResolvers() : [])
  if (targets.length > 0 && resolvers.length === 0) {
    reading.problems.push({
      file,
      line: 0,
      col: 0,
      path: 'alias.resolvers',
      message: `expected a resolver for the targets of ALIAS records, found none here and none in /etc/resolv.conf`,
      hint: 'names with such an ALIAS are answered with SERVFAIL',
      severity: 'warning',
    })
  }
  return {
    targets,
    resolvers,
    timeoutMs: alias.timeout,
    leastTtlSec: Math.ceil(alias.min_ttl / 1000),
    mostTtlSec: Math.ceil(alias.max_ttl / 1000),
    keepSec: Math.ceil(alias.keep / 1000),
  }
}

export function makeOverlay({ targets, leastTtlSec }: AliasPlan): SharedArrayBuffer {
  return createOverlay(
    targets.map(({ name }) => name),
    { leastTtlSec, staleTtlSec: Math.max(leastTtlSec, STALE_TTL) },
  )
}
