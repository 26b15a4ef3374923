// From the checks that are written to the subjects that are probed: files found, combined checks with their parts.

import type { Endpoint } from '../core/base/address.ts'
import type { Finding } from '../core/base/problem.ts'
import { didYouMean } from '../core/base/suggest.ts'
import type { Pace } from '../core/health/next-change.ts'
import { printSubject } from '../core/health/subject.ts'
import type { ParsedCheck } from '../io/probe/check.ts'
import { COMBINE, combinationOf, defaultPort } from '../io/probe/checks/index.ts'
import type { Combination } from '../io/probe/combine.ts'
import { PUSH } from '../io/probe/push.ts'
import type { ProbeSubject } from '../io/probe/prober.ts'

export interface NamedCheck {
  readonly name: string
  readonly check: ParsedCheck
  /** The zone whose file defines it, or `*`. */
  readonly scope: string
  /** Of a combined one, by their names. */
  readonly parts?: ReadonlyMap<string, NamedCheck>
}

/** A combined check with its parts found; what is wrong with it goes to `complain`. `written` is the check as it stands in the file. */
export function findParts(
  named: NamedCheck,
  checks: ReadonlyMap<string, NamedCheck>,
  written: unknown,
  isExcused: (name: string) => boolean,
  complain: (finding: Finding) => void,
): NamedCheck {
  const wrong = (path: string[], message: string, hint?: string): void =>
    complain({ path, message, severity: 'error', ...(hint !== undefined && { hint }) })
  if (named.check.type === PUSH)
    for (const key of Object.keys(written ?? {}))
      if (['every', 'timeout', 'confirm'].includes(key))
        wrong([key], 'expected nothing of the kind beside push, since nothing is probed; see its silence')
  const combination = combinationOf(named.check)
  if (!combination) return named
  for (const key of Object.keys(written ?? {}))
    if (key !== COMBINE) wrong([key], 'expected nothing beside combine, since its parts have a timing of their own')
  const parts = new Map<string, NamedCheck>()
  for (const name of namesIn(combination)) {
    const part = checks.get(name)
    if (part && part.check.type !== COMBINE) parts.set(name, part)
    else if (part) wrong([COMBINE], `expected checks that probe something, found ${name}, which is combined itself`)
    else if (!isExcused(name))
      wrong([COMBINE], `expected the names of checks, found "${name}"`, didYouMean(name, [...checks.keys()]))
  }
  return { ...named, parts }
}

function namesIn({ parts, must, watch }: Combination): string[] {
  return [...parts, ...must, ...watch]
}

/**
 * What the time of a change depends on. A combined subject says itself when the first of its parts can have turned; one that
 * reports itself, when it is expected to speak next.
 */
export function paceOf({ check }: NamedCheck): Pace {
  if (check.type === COMBINE || check.type === PUSH) return { rise: 1, fall: 1, confirmMs: 0 }
  return { rise: check.rise, fall: check.fall, confirmMs: check.confirmMs }
}

/**
 * Adds what is to be probed for a target, and names it. Targets with the same check at the same endpoint are probed once.
 * `probeAt` is for a combined check no more than an address: each of its parts has a port of its own. A target without an address,
 * which is a name, is probed only where `probeAt` says where.
 */
export function addSubject(
  subjects: Map<string, ProbeSubject>,
  named: NamedCheck,
  address: string | undefined,
  probeAt: Endpoint | undefined,
): { readonly subject: string; readonly parts?: readonly string[] } | undefined {
  const at = probeAt?.address ?? address
  if (at === undefined) return undefined
  const combination = combinationOf(named.check)
  if (!combination)
    return { subject: addOne(subjects, named, probeAt ?? { address: at, port: defaultPort(named.check) }) }
  const found = new Map<string, string>()
  for (const [name, part] of named.parts ?? []) {
    found.set(name, addOne(subjects, part, { address: at, port: defaultPort(part.check) }))
  }
  const rename = (names: readonly string[]): string[] => names.flatMap((name) => found.get(name) ?? [])
  const { parts, needed, must, watch } = combination
  const planned: Combination = { parts: rename(parts), needed, must: rename(must), watch: rename(watch) }
  const subject = addOne(subjects, named, { address: at, port: probeAt?.port ?? 0 }, planned)
  return { subject, parts: [...found.values()] }
}

function addOne(
  subjects: Map<string, ProbeSubject>,
  { name, scope, check }: NamedCheck,
  endpoint: Endpoint,
  combination?: Combination,
): string {
  const subject = printSubject({ zone: scope === '*' ? undefined : scope, check: name, endpoint })
  if (!subjects.has(subject))
    subjects.set(subject, { subject, check, ...endpoint, ...(combination && { combination }) })
  return subject
}
