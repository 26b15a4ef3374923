// tcp: the port accepts a connection; where asked, it also answers what we send, or greets us, with a certain text.

import { connect } from 'node:net'
import { z } from 'zod'
import { defineCheck, type Seen } from '../check.ts'
import { openWatch } from './watch.ts'

const answerLimit = 5120

export interface TcpSettings {
  readonly port: number
  readonly send?: string | undefined
  readonly expect?: string | undefined
}

export const tcp = defineCheck<TcpSettings>({
  name: 'tcp',
  config: z.strictObject({
    port: z.int().min(1).max(65_535).meta({ description: 'where to probe, unless the target says otherwise' }),
    send: z.string().min(1).optional().meta({ description: 'what to send once connected, such as "PING\\r\\n"' }),
    expect: z
      .string()
      .min(1)
      .max(answerLimit)
      .optional()
      .meta({ description: 'a text that must occur in the first 5 KiB of the answer' }),
  }),
  defaultPort: (settings) => settings.port,

  run: ({ send, expect }, target, signal) =>
    new Promise<Seen>((resolve) => {
      const socket = connect({ host: target.address, port: target.port })
      const watch = openWatch(signal, () => socket.destroy(), resolve)
      socket.once('connect', () => {
        watch.connected('the first byte')
        if (send !== undefined) socket.write(send)
        if (expect === undefined) watch.end(true, 'connected')
      })
      socket.on('error', watch.fail)
      if (expect === undefined) return
      const wanted = Buffer.from(expect)
      let answer = Buffer.alloc(0)
      socket.on('data', (chunk: Buffer) => {
        watch.answered('the rest of the answer')
        answer = Buffer.concat([answer, chunk]).subarray(0, answerLimit)
        if (answer.includes(wanted)) watch.end(true, 'answered as expected')
        else if (answer.length === answerLimit)
          watch.end(false, `${JSON.stringify(expect)} is not in the first 5 KiB of its answer`)
      })
      socket.on('end', () => watch.end(false, `connection closed, and ${JSON.stringify(expect)} is not in its answer`))
    }),
})
