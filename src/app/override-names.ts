// What an operator may call a pool or a target: by as much of `zone/pool/target` as tells it apart.

import { parseAddress, printAddress } from '../core/base/address.ts'
import { didYouMean } from '../core/base/suggest.ts'
import { type OverrideSubject, printOverrideSubject } from '../core/health/override.ts'

type Named =
  | { readonly subject: OverrideSubject }
  | { readonly wrong: 'not-found' | 'conflict'; readonly error: string }

/** The one pool or target that is meant, among those that the rows of the board and other subjects name. */
export function findSubject(text: string, known: readonly OverrideSubject[], poolsOnly: boolean): Named {
  const meant = normalise(text)
  const pools = unique(known.map(({ scope, pool }) => ({ scope, pool, target: undefined })))
  const targets = unique(known.filter(({ target }) => target !== undefined))
  const inPools = pools.filter((pool) => namesOf(pool).includes(meant))
  const found = inPools.length > 0 || poolsOnly ? inPools : targets.filter((target) => namesOf(target).includes(meant))
  const [first, ...others] = found
  if (first && others.length === 0) return { subject: first }
  if (first) {
    const list = found.map(printOverrideSubject).join(', ')
    return { wrong: 'conflict', error: `expected one of ${list}, found "${text}", which may mean each of them` }
  }
  const names = [...pools, ...(poolsOnly ? [] : targets)].flatMap(namesOf)
  const isTarget = poolsOnly && targets.some((target) => namesOf(target).includes(meant))
  const hint = isTarget ? 'that is a target' : didYouMean(meant, names)
  const what = poolsOnly ? 'pool' : 'pool or target'
  return {
    wrong: 'not-found',
    error: `expected the name of a ${what}, such as eu or example.com/eu, found "${text}"${hint ? ` (${hint})` : ''}`,
  }
}

function namesOf({ scope, pool, target }: OverrideSubject): string[] {
  if (target === undefined) return [`${scope}/${pool}`, pool]
  return [`${scope}/${pool}/${target}`, `${pool}/${target}`, target]
}

/** An address may be written in more than one way. */
function normalise(text: string): string {
  const slash = text.lastIndexOf('/')
  const address = parseAddress(text.slice(slash + 1))
  return address ? text.slice(0, slash + 1) + printAddress(address.bytes) : text
}

function unique(subjects: readonly OverrideSubject[]): OverrideSubject[] {
  return [
    ...new Map(
      subjects.map(({ scope, pool, target }) => [JSON.stringify([scope, pool, target]), { scope, pool, target }]),
    ).values(),
  ]
}
