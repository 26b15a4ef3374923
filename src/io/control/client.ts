// Asking a running node's admin HTTP: one request, a time limit, JSON back.

import { get } from 'node:http'
import { type Endpoint, printEndpoint } from '../../core/base/address.ts'
import { Failure } from '../../core/base/failure.ts'

const TIMEOUT_MS = 3000
const MAX_BYTES = 32 * 1024 * 1024

export interface AdminReply {
  readonly status: number
  readonly value: unknown
}

/** Rejects with Failure('admin-unreachable') where no node answers there. */
export function askAdmin(
  endpoint: Endpoint,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<AdminReply> {
  const where = printEndpoint(endpoint)
  const query = new URLSearchParams(parameters).toString()
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void =>
      reject(new Failure('admin-unreachable', `no answer from the admin HTTP at ${where}: ${why}`, cause))
    const request = get(
      {
        host: endpoint.address,
        port: endpoint.port,
        path: query === '' ? path : `${path}?${query}`,
        timeout: TIMEOUT_MS,
        agent: false,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > MAX_BYTES) request.destroy(new Error('more than was asked for'))
        })
        response.on('end', () => {
          try {
            resolve({ status: response.statusCode ?? 0, value: JSON.parse(text) })
          } catch (error) {
            fail('it is not Meridian that answers there', error)
          }
        })
      },
    )
    request.on('timeout', () => request.destroy(new Error('timed out')))
    request.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message, error))
  })
}
