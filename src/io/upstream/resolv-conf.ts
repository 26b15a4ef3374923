// The resolvers of this machine, as resolv.conf(5) lists them.

import { readFileSync } from 'node:fs'
import { type Endpoint, parseAddress, printAddress } from '../../core/base/address.ts'

const PORT = 53

/** Addresses with a zone, such as `fe80::1%eth0`, are passed over. None where the file cannot be read. */
export function systemResolvers(file = '/etc/resolv.conf'): Endpoint[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  return readResolvConf(text)
}

export function readResolvConf(text: string): Endpoint[] {
  return text.split('\n').flatMap((line) => {
    const [, word = ''] = /^nameserver\s+(\S+)/.exec(line) ?? []
    const address = parseAddress(word)
    return address ? [{ address: printAddress(address.bytes), port: PORT }] : []
  })
}
