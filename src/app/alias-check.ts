// `check --resolve`: whether what ALIAS records lead to has addresses now, by the resolvers that the node would ask.

import type { AliasTarget } from '../core/answer/alias-targets.ts'
import { Type } from '../core/wire/message.ts'
import { type Outcome, resolveName } from '../io/upstream/resolve.ts'
import type { AliasPlan } from './alias-plan.ts'

/** Targets asked for at the same time. */
const AT_ONCE = 16

/** What is wrong, in sentences; empty where each target has an address. */
export async function checkTargets(plan: AliasPlan): Promise<string[]> {
  const findings: string[] = []
  for (let i = 0; i < plan.targets.length; i += AT_ONCE) {
    const some = plan.targets.slice(i, i + AT_ONCE)
    findings.push(...(await Promise.all(some.map((target) => checkTarget(plan, target)))).flat())
  }
  return findings
}

async function checkTarget({ resolvers, timeoutMs }: AliasPlan, { text, owners }: AliasTarget): Promise<string[]> {
  const outcomes = await Promise.all(
    [Type.A, Type.AAAA].map((type) => resolveName({ name: text, type, resolvers, first: 0, timeoutMs })),
  )
  const wrong = describe(outcomes)
  return wrong === undefined ? [] : [`ALIAS target ${text} of ${owners.join(', ')} ${wrong}`]
}

function describe(outcomes: readonly Outcome[]): string | undefined {
  const said = outcomes.flatMap((outcome) => ('said' in outcome ? outcome.said.kind : []))
  if (said.includes('addresses')) return undefined
  const failed = outcomes.find((outcome) => 'failed' in outcome)
  if (failed) return `cannot be resolved: ${failed.failed}`
  return said.includes('nowhere') ? 'does not exist' : 'has no address'
}
