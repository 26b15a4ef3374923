// The transports there are, and which of the two for UDP this machine can have. A new transport is its own file, a line
// here, and a way to start it in test/contract/transport.test.ts, which asks for every name below.

import type { Failure } from '../../core/base/failure.ts'
import { nativeUnavailable } from '../native/self-test.ts'

export const transports = ['udp-batched', 'udp-portable', 'tcp'] as const

export type TransportName = (typeof transports)[number]

export interface UdpChoice {
  readonly transport: 'udp-batched' | 'udp-portable'
  /** Why it is not the batched one; to be logged, because the price is CPU. */
  readonly because?: Failure
}

/** Batched wherever its self-test passes. To be asked once, at start. */
export function chooseUdp(): UdpChoice {
  const because = nativeUnavailable()
  return because ? { transport: 'udp-portable', because } : { transport: 'udp-batched' }
}
