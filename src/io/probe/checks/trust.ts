// Whom a check over TLS believes: the name that the certificate must be for, and the authorities that may have signed it. Also
// what the handshake tells.

import { readFile } from 'node:fs/promises'
import { isIP, type Socket } from 'node:net'
import type { SecureContext, TLSSocket } from 'node:tls'
import type { Endpoint } from '../../../core/base/address.ts'
import type { Kit } from '../kit.ts'
import type { Watch } from './watch.ts'

export interface Trust {
  readonly rejectUnauthorized: true
  readonly servername: string
  readonly secureContext: SecureContext
}

/** Or why the authorities could not be read. */
export async function openTrust(
  { host, ca_file }: { readonly host?: string | undefined; readonly ca_file?: string | undefined },
  target: Endpoint,
  kit: Kit,
): Promise<Trust | string> {
  let ca: Buffer | undefined
  try {
    // Read each time, so that a renewed file needs no reload; it is small and in the page cache.
    if (ca_file !== undefined) ca = await readFile(ca_file)
  } catch (error) {
    return `cannot read ca_file: ${(error as Error).message}`
  }
  const name = host?.replace(/:\d+$/, '') ?? target.address
  // RFC 6066 §3 allows no address as the name in SNI; the certificate is then checked against the address we connect to.
  return { rejectUnauthorized: true, servername: isIP(name) ? '' : name, secureContext: kit.secureContext(ca) }
}

/** Times the handshake, and tells how long the certificate is still good for. */
export function watchHandshake(socket: Socket, watch: Watch, waitingFor: string, say: (words: string) => void): void {
  socket.once('secureConnect', () => {
    watch.secured(waitingFor)
    const endsMs = Date.parse((socket as TLSSocket).getPeerCertificate().valid_to)
    if (!Number.isFinite(endsMs)) return
    const certDays = Math.floor((endsMs - Date.now()) / 86_400_000)
    watch.tell({ certDays })
    say(`, certificate valid for ${certDays} days`)
  })
}
