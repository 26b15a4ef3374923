// Where Meridian's answer is none of the peers', and why that is meant: each with the words that it follows.

import { Ede } from '../../../src/core/wire/ede.ts'
import type { Part, Response } from './response.ts'

export interface Case {
  readonly part: Part
  readonly ours: Response
  /** The same question over TCP. */
  readonly whole: Response
  readonly theirs: readonly Response[]
  /** The extended error that went with ours. */
  readonly ede: number
  /** The zone that a name is in, of those that are served. */
  zoneOf(name: string): string
}

interface Listed {
  readonly name: string
  readonly words: string
  explains(found: Case): boolean
}

export const listed: readonly Listed[] = [
  {
    name: 'ANY gets one HINFO',
    words:
      'RFC 8482 §4.2: "If there is no CNAME present at the owner name that matches the QNAME, the resource record returned in the response MAY instead be synthesized. In this case, a single HINFO resource record SHOULD be returned."',
    explains: ({ part, ours }) =>
      part !== 'rcode' && part !== 'edns' && ours.answer.includes(' HINFO 0752464338343832'),
  },
  {
    name: 'a chain goes on in another zone of this server',
    words:
      'RFC 1034 §4.3.2, step 3a: "copy the CNAME RR into the answer section of the response, change QNAME to the canonical name in the CNAME RR, and go back to step 1." RFC 6604 §3: "the RCODE … MUST be set based on the final query cycle".',
    explains: ({ ours, zoneOf }) => {
      const zone = zoneOf(ours.question.split(' ')[0]!)
      const targets = ours.answer.match(/(?<= CNAME )\S+$/gm) ?? []
      return targets.some((target) => zoneOf(target) !== zone)
    },
  },
  {
    name: 'a chain that never ends is left somewhere',
    words:
      'RFC 1034 §3.6.2: "Domain software should not fail when presented with CNAME chains or loops; CNAME chains should be followed and CNAME loops signalled as an error." How far is left to the software.',
    explains: ({ ede }) => ede === Ede.chainTooLong,
  },
  {
    name: 'what does not fit is left out at another place',
    words:
      'RFC 2181 §9: "Where TC is set, the partial RRset that would not completely fit may be left in the response. When a DNS client receives a reply with TC set, it should ignore that response, and query again". RFC 9471 §3: TC where glue for in-domain name servers does not fit.',
    explains: ({ part, ours, whole }) =>
      part !== 'rcode' &&
      ours.additional + ours.authority + ours.answer !== whole.additional + whole.authority + whole.answer &&
      isSubset(ours[part], whole[part]),
  },
]

function isSubset(some: string, all: string): boolean {
  const lines = new Set(all.split('\n'))
  return some === '' || some.split('\n').every((line) => lines.has(line)) || some.replace(' tc', '') === all
}
