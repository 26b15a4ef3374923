// A response in words, to compare two of them: records in an order of their own, because that on the wire says nothing.

import { Type } from '../../core/wire/message.ts'
import { decodeWithDns2 } from '../../io/ask/decode.ts'
import { printRcode, printType } from '../../io/ask/mnemonic.ts'
import type { StandIns } from './stand-in.ts'

/** Lines of the answer, stand-ins by what they are called; one line that says what there is where it has none. `type` is that of the question, which is not repeated. */
export function linesOf(response: Uint8Array, type: number, standIns: StandIns): string[] {
  const { rcode, answer, authority, additional } = decodeWithDns2(response)
  const records = [...answer, ...authority, ...additional].map((record) => {
    // A serial made from the time of a file differs between two copies of it.
    const isSoa = record.type === Type.SOA
    const data = isSoa
      ? record.data.replace(/^(\S+ \S+) \d+/, '$1 (serial)')
      : (standIns.get(record.data) ?? record.data)
    const owner = record.type === type ? '' : `${record.name} ${printType(record.type)} `
    return `${owner}${data}, TTL ${record.ttlSec} s`
  })
  if (answer.length > 0) return records.sort()
  const isReferral = rcode === 0 && authority.some((record) => record.type === Type.NS)
  if (isReferral) return records.sort()
  const negative = records.length > 0 ? ` (${records.sort().join('; ')})` : ''
  return [`${rcode === 0 ? 'no data' : printRcode(rcode)}${negative}`]
}
