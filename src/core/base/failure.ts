// A Failure is the world's fault: a port taken, a disk full, Redis gone. Each code has a paragraph in docs/errors.md,
// and a test keeps the two equal.

export const failureCodes = [
  'listen-in-use',
  'listen-denied',
  'listen-bad-address',
  'native-unavailable',
  'ping-denied',
  'store-unreachable',
  'store-refused',
  'state-unwritable',
  'state-garbled',
  'worker-lost',
  'admin-unreachable',
  'ask-timeout',
  'ask-unreachable',
  'ask-garbled',
  'file-unreadable',
  'file-unwritable',
] as const

export type FailureCode = (typeof failureCodes)[number]

export class Failure extends Error {
  readonly code: FailureCode

  constructor(code: FailureCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Failure'
    this.code = code
  }
}
