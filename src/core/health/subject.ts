// The name of what is probed: one check of one endpoint. Equal on every node with the same configuration, so that the sightings
// of many probers meet under it; targets with the same check and endpoint share one subject and are probed once.

import { type Endpoint, parseEndpoint, printEndpoint } from '../base/address.ts'

export interface Subject {
  /** The zone whose file defines the check; undefined for a check from an included file. */
  readonly zone: string | undefined
  readonly check: string
  readonly endpoint: Endpoint
}

/** `example.com/web-up@192.0.2.10:80`; IPv6 in brackets, `*` for a zone where the check was included. */
export function printSubject(subject: Subject): string {
  return `${subject.zone ?? '*'}/${subject.check}@${printEndpoint(subject.endpoint)}`
}

/** The parts again, for showing them; undefined where the text is no subject. */
export function parseSubject(text: string): Subject | undefined {
  // The last "@" and the last "/" before it: a zone's name may hold a slash (RFC 2317), a check's name neither.
  const parts = /^(.+)\/([^/@]+)@([^@]+)$/.exec(text)
  const endpoint = parts && parseEndpoint(parts[3]!)
  if (!parts || !endpoint) return undefined
  return { zone: parts[1] === '*' ? undefined : parts[1]!, check: parts[2]!, endpoint }
}
