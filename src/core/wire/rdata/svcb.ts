// SVCB: where a service is and what it speaks, or with priority 0 an alias that may stand at an apex (RFC 9460).

import { name, u16 } from '../field.ts'
import { serviceParams, type ServiceParam } from '../field/service-params.ts'
import { Key, printServiceKey } from '../field/service-value.ts'
import { defineType, type Objection } from '../rdata.ts'

export const SVCB = defineType('SVCB', 64, { priority: u16(), target: name(), params: serviceParams() }, checkService)

/** What contradicts itself: no client could follow it (§2.4.3, §7.1.1, §8). */
export function checkService({ priority, params }: Service): Objection | undefined {
  // An alias that has parameters is odd and harmless: nobody may look at them (§2.4.2).
  if (priority === 0) return undefined
  const has = (key: number): boolean => params.some((param) => param.key === key)
  if (has(Key.noDefaultAlpn) && !has(Key.alpn)) {
    return { at: 'params', expected: 'alpn beside no-default-alpn', found: 'none' }
  }
  const mandatory = params.find(({ key }) => key === Key.mandatory)?.value ?? []
  for (let i = 0; i < mandatory.length; i += 2) {
    const key = mandatory[i]! * 256 + mandatory[i + 1]!
    if (has(key)) continue
    return { at: 'params', expected: `${printServiceKey(key)}, which is said to be mandatory`, found: 'none' }
  }
  return undefined
}

interface Service {
  readonly priority: number
  readonly params: readonly ServiceParam[]
}
