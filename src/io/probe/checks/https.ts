// https: as http, over TLS (RFC 9110 §4.2.2). The certificate must be valid for the host (RFC 9525), because a browser will not
// accept less; its remaining days are part of the words, so that an end is seen coming.

import { request } from 'node:https'
import { z } from 'zod'
import { defineCheck, notProbed } from '../check.ts'
import { ask, type Door } from './http-ask.ts'
import { caFileField, checkFields, type HttpSettings, httpFields } from './http-fields.ts'
import { openTrust, type Trust, watchHandshake } from './trust.ts'

export interface HttpsSettings extends HttpSettings {
  readonly ca_file?: string | undefined
}

export const https = defineCheck<HttpsSettings>({
  name: 'https',
  config: z.strictObject({ ...httpFields(443), ca_file: caFileField }).superRefine(checkFields),
  defaultPort: (settings) => settings.port,
  files: ['ca_file'],
  loadIn: ['header', 'json'],

  async run(settings, target, signal, kit, load) {
    const trust = await openTrust(settings, target, kit)
    if (typeof trust === 'string') return notProbed(trust)
    return ask({ settings, target, signal, load }, overHttps(trust))
  },
})

export function overHttps(trust: Trust): Door {
  return {
    scheme: 'https',
    usualPort: 443,
    send: (options) => request({ ...options, ...trust }),
    onSocket: (socket, watch, say) => watchHandshake(socket, watch, 'the first byte', say),
  }
}
