// Where the admin HTTP of a configuration is, and the token that opens it, for commands that ask a running node: only
// meridian.yaml itself is read.

import type { Problem } from '../core/base/problem.ts'
import type { AdminAddress } from '../io/control/client.ts'
import { nodeConfig, type NodeConfig } from './config.ts'
import { checkAgainst, openDocument, openReading } from './reading.ts'

export function adminAddress(file: string): AdminAddress | { readonly problems: readonly Problem[] } {
  const reading = openReading()
  const number = openDocument(reading, file, nodeConfig)
  const config = number === undefined ? undefined : checkAgainst(reading, number, nodeConfig).value
  return config ? addressOfAdmin(config) : { problems: reading.problems }
}

/** A wildcard is asked on loopback. */
export function addressOfAdmin({ admin: { listen, tokens } }: NodeConfig): AdminAddress {
  const loopback: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  const token = tokens.operate ?? tokens.read
  return { address: loopback[listen.address] ?? listen.address, port: listen.port, ...(token && { token }) }
}
