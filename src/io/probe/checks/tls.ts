// tls: a handshake succeeds (RFC 8446), with a certificate that is valid for the host (RFC 9525) and, where asked for, will be
// for some time yet. For whatever speaks TLS from the first byte on: imaps, ldaps, a database.

import { connect } from 'node:tls'
import { z } from 'zod'
import { defineCheck, notProbed, type Seen } from '../check.ts'
import { caFileField, hostField, portField } from './http-fields.ts'
import { openTrust, watchHandshake } from './trust.ts'
import { openWatch } from './watch.ts'

export interface TlsSettings {
  readonly port: number
  readonly host?: string | undefined
  readonly min_days: number
  readonly ca_file?: string | undefined
}

export const tls = defineCheck<TlsSettings>({
  name: 'tls',
  config: z.strictObject({
    port: portField(443),
    host: hostField.meta({ description: "the name for SNI and certificate; the target's address when left out" }),
    min_days: z
      .int()
      .min(0)
      .max(3650)
      .default(0)
      .meta({ description: 'how many days the certificate must still be valid for' }),
    ca_file: caFileField,
  }),
  defaultPort: (settings) => settings.port,
  files: ['ca_file'],

  async run(settings, target, signal, kit) {
    const trust = await openTrust(settings, target, kit)
    if (typeof trust === 'string') return notProbed(trust)
    return new Promise<Seen>((resolve) => {
      const socket = connect({ host: target.address, port: target.port, ...trust })
      const watch = openWatch(signal, () => socket.destroy(), resolve)
      let words = ''
      socket.once('connect', () => watch.connected('the TLS handshake'))
      watchHandshake(socket, watch, 'nothing', (said) => {
        words = said
        const days = Number(/\d+/.exec(said)?.[0])
        if (days < settings.min_days)
          watch.end(false, `its certificate is valid for ${days} days, fewer than ${settings.min_days}`)
      })
      socket.once('secureConnect', () => watch.end(true, `${socket.getProtocol() ?? 'TLS'}${words}`))
      socket.on('error', watch.fail)
      socket.on('close', () => watch.end(false, 'connection closed while waiting for the TLS handshake'))
    })
  },
})
