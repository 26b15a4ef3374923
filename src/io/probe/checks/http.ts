// http: a request gets one of the expected statuses (RFC 9110), and where asked for headers and a body with a certain text.

import { request } from 'node:http'
import { z } from 'zod'
import { defineCheck } from '../check.ts'
import { ask, type Door } from './http-ask.ts'
import { checkFields, type HttpSettings, httpFields } from './http-fields.ts'

export const overHttp: Door = { scheme: 'http', usualPort: 80, send: request }

export const http = defineCheck<HttpSettings>({
  name: 'http',
  config: z.strictObject(httpFields(80)).superRefine(checkFields),
  defaultPort: (settings) => settings.port,
  loadIn: ['header', 'json'],
  run: (settings, target, signal, _, load) => ask({ settings, target, signal, load }, overHttp),
})
