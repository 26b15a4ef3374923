// https: as http, over TLS (RFC 9110 §4.2.2). The certificate must be valid for the host (RFC 9525), because a browser will not
// accept less; its remaining days are part of the words, so that an end is seen coming.

import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { z } from 'zod'
import { defineCheck } from '../check.ts'
import { ask, checkFields, type HttpSettings, httpFields, type OnSocket } from './http.ts'

export interface HttpsSettings extends HttpSettings {
  readonly ca_file?: string | undefined
}

export const https = defineCheck<HttpsSettings>({
  name: 'https',
  config: z
    .strictObject({
      ...httpFields(443),
      ca_file: z
        .string()
        .min(1)
        .optional()
        .meta({ description: 'certificates (PEM) to trust instead of the usual authorities' }),
    })
    .superRefine(checkFields),
  defaultPort: (settings) => settings.port,
  files: ['ca_file'],

  async run(settings, target, signal) {
    let ca: Buffer | undefined
    try {
      // Read each time, so that a renewed file needs no reload; it is small and in the page cache.
      if (settings.ca_file !== undefined) ca = await readFile(settings.ca_file)
    } catch (error) {
      const detail = `not probed: cannot read ca_file: ${(error as Error).message}`
      return { ok: undefined, tookMs: 0, connectMs: undefined, firstByteMs: undefined, detail }
    }
    const name = settings.host?.replace(/:\d+$/, '') ?? target.address
    // RFC 6066 §3 allows no address as the name in SNI; the certificate is then checked against the address we connect to.
    const tls = { rejectUnauthorized: true, servername: isIP(name) ? '' : name, ...(ca && { ca }) }
    return ask(settings, target, signal, 443, (options) => request({ ...options, ...tls }), watchHandshake)
  },
})

const watchHandshake: OnSocket = (socket, watch, say) => {
  socket.once('secureConnect', () => {
    watch.connected('the first byte')
    const endsMs = Date.parse((socket as TLSSocket).getPeerCertificate().valid_to)
    if (Number.isFinite(endsMs)) say(`, certificate valid for ${Math.floor((endsMs - Date.now()) / 86_400_000)} days`)
  })
}
