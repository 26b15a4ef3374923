// What a tree looks like to the place of a client: the same for all trees that tell places apart alike, whatever their pools
// are called. Thousands of services of one shape are looked into once.

import type { PoolPlan, ServicePlan } from './config.ts'
import { policies, policyCode } from './index.ts'
import type { Branch, Path } from './policy.ts'

interface Known {
  readonly pools: ReadonlyMap<string, PoolPlan>
  readonly services: ReadonlyMap<string, ServicePlan>
}

/** Pools are numbered as they come up, and stand with their places; services are what they say. */
export function shapeOf(root: ServicePlan, { pools, services }: Known): string {
  const numbers = new Map<string, number>()
  function shape(branch: Branch): unknown {
    if (typeof branch !== 'string') return shapeOfPolicy(branch, shape)
    const known = numbers.get(branch)
    if (known !== undefined) return known
    const number = numbers.size
    numbers.set(branch, number)
    const service = services.get(branch)
    return pools.has(branch) ? [number, pools.get(branch)!.at] : [number, service && shape(service.steer)]
  }
  // Weights share clients out; they never tell them apart.
  return JSON.stringify([root.regional, shape(root.steer)], (key, value: unknown) =>
    key === 'weight' ? undefined : value,
  )
}

function shapeOfPolicy(branch: Exclude<Branch, string>, shape: (branch: Branch) => unknown): unknown {
  const [[name, config]] = Object.entries(branch) as [[string, unknown]]
  const members = policies[policyCode(name) - 1]!.branches(config)
  let copy = structuredClone(config)
  for (const { to, path } of members) copy = replaced(copy, path, shape(to))
  return { [name]: copy }
}

function replaced(value: unknown, [step, ...path]: Path, by: unknown): unknown {
  if (step === undefined) return by
  const holder = value as Record<string | number, unknown>
  holder[step] = replaced(holder[step], path, by)
  return holder
}
