// A query log, line by line: name, type, client; what follows is ignored, and so are empty lines and those that begin with #.

import { type Address, parseAddress, parsePrefix, type Prefix } from '../../core/base/address.ts'
import { didYouMean } from '../../core/base/suggest.ts'
import { parseName, ROOT } from '../../core/wire/name.ts'
import { knownTypes, parseType } from '../../io/ask/mnemonic.ts'
import { cutSubnet } from '../explain.ts'

export interface LoggedQuery {
  /** As written. */
  readonly name: string
  readonly type: string
  readonly client: string
  readonly wire: Uint8Array
  readonly code: number
  /** What a resolver would pass on of the client: 24 bits of IPv4, 56 of IPv6. */
  readonly subnet: Prefix
  /** The client itself, as one who asks without a resolver. */
  readonly address: Address
}

export interface QueryReader {
  /** undefined for a line to be passed over, what is wrong with it as a string. */
  read(line: string): LoggedQuery | string | undefined
}

/** Names recur: they are remembered, as long as they are not too many. */
const REMEMBERED = 100_000

export function openQueryReader(): QueryReader {
  const names = new Map<string, Uint8Array | string>()
  return {
    read(line) {
      const [name, type, client] = line.trim().split(/\s+/, 3)
      if (name === undefined || name === '' || name.startsWith('#')) return undefined
      if (type === undefined || client === undefined)
        return `expected a name, a type and a client, found "${line.trim().slice(0, 80)}"`
      let wire = names.get(name)
      if (wire === undefined) {
        wire = parseName(name, ROOT)
        if (names.size < REMEMBERED) names.set(name, wire)
      }
      if (typeof wire === 'string') return `expected a domain name, found ${wire}`
      const code = parseType(type)
      if (code === undefined) {
        const hint = didYouMean(type, knownTypes)
        return `expected a record type such as A or TYPE65, found "${type}"${hint === undefined ? '' : ` (${hint})`}`
      }
      const from = parseAddress(client)
      const prefix = from ? { ...from, length: from.bytes.length * 8 } : parsePrefix(client)
      if (!prefix) return `expected an address or prefix for the client, found "${client}"`
      return { name, type, client, wire, code, subnet: cutSubnet(prefix), address: prefix }
    },
  }
}
