// What the checks of one thread share: things that are dear to make, and what they are allowed to do.

import { createSecureContext, type SecureContext } from 'node:tls'
import { type Libc, openLibc } from '../native/libc.ts'

export interface Kit {
  /** Whether programs may be run, by the node's own configuration. */
  readonly allowExec: boolean
  /** Throws a Failure 'native-unavailable'. Opened once, because each time costs memory that is never given back. */
  libc(): Libc
  /** For these authorities, or the usual ones. Made once: parsing some hundred certificates takes longer than a handshake. */
  secureContext(ca: Buffer | undefined): SecureContext
}

/** Certificates change once in a while; what was made for old ones is let go then. */
const mostContexts = 100

export function openKit({ allowExec = false }: { readonly allowExec?: boolean } = {}): Kit {
  let libc: Libc | undefined
  const contexts = new Map<string, SecureContext>()
  return {
    allowExec,
    libc: () => (libc ??= openLibc()),
    secureContext(ca) {
      const key = ca?.toString('latin1') ?? ''
      const known = contexts.get(key)
      if (known) return known
      if (contexts.size >= mostContexts) contexts.clear()
      const context = createSecureContext(ca ? { ca } : {})
      contexts.set(key, context)
      return context
    },
  }
}
