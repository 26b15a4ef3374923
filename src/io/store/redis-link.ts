// A connection to Redis that is made anew until it is closed, with time limits of its own. One that turns out to lead to the wrong
// server, because another has become the master or has got our slot, is left for a new one.
//
// Surprising: a Redis that is frozen keeps its connections and even accepts new ones, so only our own time limits find it out.

import { Failure } from '../../core/base/failure.ts'
import { type Client, openClient } from './redis-client.ts'
import type { RedisConfig } from './redis-config.ts'
import { asFailure, isElsewhere, quietly, Silence, within } from './redis-failure.ts'

/** So many requests in a row without an answer, and the connection is taken for half-open and made anew. */
const MAX_SILENCES = 5

export interface Link {
  readonly client: Client
  /** Rejects with a Failure when there is no answer within the time, or an error for one. */
  ask<T>(withinMs: number, question: (client: Client) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface LinkDeps {
  readonly config: RedisConfig
  readonly random: () => number
  /** A key in the slot of all our keys. */
  readonly probe: string
}

/** A connection that is made again and again until it is closed. `onReady` runs on each one. */
export function openLink({ config, random, probe }: LinkDeps, onReady?: (client: Client) => Promise<void>): Link {
  // Not ioredis's count, which forgets as soon as a connection stands: a server may accept one and drop it, again and again.
  let attempts = 0
  const retryStrategy = (): number => backoffMs(attempts++, random)
  const client = openClient(config, probe, retryStrategy)
  const canLead = config.url === undefined
  let lost = new Failure('store-unreachable', 'not connected yet')
  let silences = 0
  // The connection was given up, but its end has not been told yet.
  let isLeaving = false
  let isClosed = false
  // The first connection is waited for: otherwise every start would report a store out of reach.
  const begun = new Promise<void>((resolve) =>
    client.once('ready', resolve).once('close', resolve).once('end', resolve),
  )

  const leave = (because: Failure): void => {
    lost = because
    isLeaving = true
    client.disconnect(true)
  }

  const readyAgain = (): Promise<void> => new Promise((resolve) => client.once('ready', resolve))

  async function ask<T>(withinMs: number, question: (client: Client) => Promise<T>): Promise<T> {
    let isOver = false
    const put = async (): Promise<T> => {
      await begun
      if (client.status !== 'ready' || isLeaving || isOver) throw lost
      try {
        return await question(client)
      } catch (error) {
        if (!canLead || !isElsewhere(error)) throw error
        // Others may have left already, and found their way.
        if (client.status === 'ready' && !isLeaving) leave(asFailure(error))
        if (client.status !== 'ready' || isLeaving) await readyAgain()
        if (isOver) throw lost
        return question(client)
      }
    }
    try {
      const answer = await within(Math.max(1, withinMs), put())
      silences = 0
      attempts = 0
      return answer
    } catch (error) {
      const failure = asFailure(error)
      // ioredis ends a question that was overtaken by the loss of its connection in words that say nothing about why.
      if (client.status !== 'ready' || isLeaving) throw failure.code === 'store-refused' ? failure : lost
      silences = failure instanceof Silence ? silences + 1 : 0
      if (silences >= MAX_SILENCES) leave(failure)
      throw failure
    } finally {
      isOver = true
    }
  }

  client.on('error', (error: Error & { command?: { name: string } }) => {
    lost = asFailure(error)
    // ioredis would go on with database 0.
    if (error.command?.name === 'select') leave(lost)
  })
  client.on('close', () => {
    silences = 0
    isLeaving = false
  })
  client.on('ready', () => {
    if (isLeaving) return
    lost = new Failure('store-unreachable', 'the server closed the connection')
    if (onReady) quietly(ask(config.timeout, onReady))
  })
  // ioredis gives up for good where connecting throws at once, as with unusable TLS settings, or where nobody leads to the server.
  client.on('end', () => {
    isLeaving = false
    if (!isClosed) setTimeout(() => isClosed || quietly(client.connect()), retryStrategy()).unref()
  })

  return {
    client,
    ask,
    async close() {
      isClosed = true
      const ended = new Promise<void>((resolve) => client.once('end', resolve))
      client.disconnect()
      // Between two attempts there is no connection whose end could be told.
      if (client.status !== 'end') await within(250, ended).catch(() => undefined)
    },
  }
}

/** 50 ms, doubling up to one second; half of it is chance, so that many nodes do not come back at one moment. */
function backoffMs(attempt: number, random: () => number): number {
  return Math.min(1000, 50 * 2 ** Math.min(attempt, 5)) * (0.5 + random() / 2)
}
