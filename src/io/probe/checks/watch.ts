// The watch over one run of a check: times its stages, ends it once, and says how it ended in words.
// Connecting has a limit of its own: a host that drops packets is recognised sooner than one that is slow to answer.

import { printDuration } from '../../../core/base/duration.ts'
import type { Seen } from '../check.ts'
import { graceMs } from '../schedule.ts'

/** Two SYN packets' worth: the first retransmission comes after one second. */
const connectLimitMs = 2000

export interface Watch {
  /** There is no connection to wait for. */
  asked(waitingFor: string): void
  /** The TCP connection stands; from here on we wait for something else. */
  connected(waitingFor: string): void
  /** The TLS handshake is done. */
  secured(waitingFor: string): void
  /** The first byte of the answer is here. */
  answered(waitingFor: string): void
  /** What the result is to say beside its end. */
  tell(more: Pick<Seen, 'load' | 'certDays'>): void
  end(ok: boolean | undefined, detail: string): void
  fail(error: Error): void
}

/** `destroy` releases the connection; it is called exactly once, as the run ends. */
export function openWatch(signal: AbortSignal, destroy: () => void, resolve: (seen: Seen) => void): Watch {
  const started = performance.now()
  const elapsedMs = () => performance.now() - started
  let waitingFor = 'the connection'
  let connectMs: number | undefined
  let tlsMs: number | undefined
  let firstByteMs: number | undefined
  const told: { load?: number | undefined; certDays?: number | undefined } = {}
  let isOver = false

  const end = (ok: boolean | undefined, detail: string): void => {
    if (isOver) return
    isOver = true
    clearTimeout(limit)
    signal.removeEventListener('abort', stop)
    destroy()
    resolve({ ok, tookMs: elapsedMs(), connectMs, tlsMs, firstByteMs, ...told, detail })
  }
  const stop = (): void => end(false, `${reasonOf(signal, elapsedMs())} while waiting for ${waitingFor}`)
  const timeOut = (): void =>
    end(false, `timed out after ${printDuration(connectLimitMs)} while waiting for ${waitingFor}`)
  let limit = setTimeout(() => {
    const grace = graceMs(elapsedMs() - connectLimitMs)
    if (grace === 0) timeOut()
    else limit = setTimeout(timeOut, grace)
  }, connectLimitMs)
  signal.addEventListener('abort', stop)
  // Not at once: the caller has not yet stored what `destroy` is to destroy.
  if (signal.aborted) queueMicrotask(stop)

  return {
    asked(next) {
      clearTimeout(limit)
      waitingFor = next
    },
    connected(next) {
      clearTimeout(limit)
      connectMs ??= elapsedMs()
      waitingFor = next
    },
    secured(next) {
      clearTimeout(limit)
      tlsMs ??= elapsedMs()
      waitingFor = next
    },
    tell: (more) => void Object.assign(told, more),
    answered(next) {
      firstByteMs ??= elapsedMs()
      waitingFor = next
    },
    end,
    fail(error) {
      const { ok, words } = explainError(error, waitingFor)
      end(ok, words)
    },
  }
}

/** The prober aborts with an Error that says "timed out after 4s"; AbortSignal.timeout's own says nothing of how long. */
export function reasonOf(signal: AbortSignal, tookMs: number): string {
  const reason: unknown = signal.reason
  if (reason instanceof Error && !(reason instanceof DOMException)) return reason.message
  return reason instanceof DOMException && reason.name === 'TimeoutError'
    ? `timed out after ${printDuration(Math.round(tookMs / 100) * 100)}`
    : 'stopped'
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  EHOSTDOWN: 'host down',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that is not trusted',
}

// Want of something on this side. To count it as failures would take every target down at once.
const ownFault: Readonly<Record<string, string>> = {
  EMFILE: 'no free file descriptor',
  ENFILE: 'no free file descriptor on the system',
  ENOBUFS: 'no buffer space',
  ENOMEM: 'no memory',
  EADDRNOTAVAIL: 'no free local port or address',
}

export function isOwnFault(code: string): boolean {
  return Object.hasOwn(ownFault, code)
}

function explainError(error: NodeJS.ErrnoException, waitingFor: string): { ok: boolean | undefined; words: string } {
  const code = error.code ?? ''
  const own = ownFault[code]
  if (own !== undefined) return { ok: undefined, words: `not probed: ${own} here` }
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return { ok: false, words: `connection closed while waiting for ${waitingFor}` }
  if (code === 'ETIMEDOUT') return { ok: false, words: `timed out while waiting for ${waitingFor}` }
  // An HPE_ code comes from the HTTP parser; its message starts with "Parse Error: ".
  if (code.startsWith('HPE_'))
    return { ok: false, words: `its answer is not HTTP: ${error.message.replace('Parse Error: ', '')}` }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return { ok: false, words: `its certificate is for another name: ${error.message.replace(/^.*?altnames: /, '')}` }
  }
  // OpenSSL's messages are a line of colon-separated parts, with the words in the sixth.
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return { ok: false, words: `TLS failed: ${error.message.split(':')[5] ?? code}` }
  }
  return { ok: false, words: words[code] ?? error.message }
}
