// Where a node of some configuration answers, for those who want to ask it: only meridian.yaml itself is read.

import type { Endpoint } from '../core/base/address.ts'
import type { Problem } from '../core/base/problem.ts'
import { nodeConfig } from './config.ts'
import { checkAgainst, openDocument, openReading } from './reading.ts'

/** The first address that it listens on, that of loopback where that is a wildcard. */
export function listenAddress(file: string): Endpoint | { readonly problems: readonly Problem[] } {
  const reading = openReading()
  const number = openDocument(reading, file, nodeConfig)
  const config = number === undefined ? undefined : checkAgainst(reading, number, nodeConfig).value
  if (!config) return { problems: reading.problems }
  const { address, port } = config.listen[0]!
  const loopback: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  return { address: loopback[address] ?? address, port }
}
