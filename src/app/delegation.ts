// The delegation of a zone as the world sees it: what the parent's servers say of its name servers, and what those servers say
// themselves (RFC 1034 §4.2.2, RFC 9471, RFC 2182, RFC 4035 §5.2), beside what stands in our files. Everything is asked, nothing is guessed.

import type { Endpoint } from '../core/base/address.ts'
import { Failure } from '../core/base/failure.ts'
import { Type } from '../core/wire/message.ts'
import { printName } from '../core/wire/name.ts'
import { At, apexOf, type Zone } from '../core/zone/image.ts'
import { ask } from '../io/ask/ask.ts'
import type { Answered, AskedRecord } from '../io/ask/asked.ts'
import { checkSigners } from './delegation-ds.ts'
import { addressesIn, isWithin, same, serversIn } from './delegation-own.ts'

export interface DelegationOptions {
  /** Finds the servers of the parent and the addresses that our files do not know. */
  readonly resolver: Endpoint
  /** Where name servers listen: 53. */
  readonly port: number
  readonly timeoutMs: number
}

/** What is wrong with the delegation, in sentences; empty where all is well. Never rejects for what a server does. */
export async function checkDelegation(zone: Zone, options: DelegationOptions): Promise<string[]> {
  const apex = printName(apexOf(zone))
  const own = serversIn(zone)
  const findings = new Set<string>()
  if (!(await tryAsk(options.resolver, '.', Type.NS, options, true))) {
    const { address, port } = options.resolver
    return [`the resolver ${address}, port ${port}, does not answer: nothing can be said`]
  }
  const parent = apex === '.' ? undefined : await findParent(apex, options)
  if (apex !== '.' && !parent) findings.add('the resolver knows no zone above it')
  const delegated = new Set<string>()
  for (const server of parent?.servers ?? []) {
    for (const address of await addressesOf(server, undefined, options))
      await askParent({ zone, apex, own, options, findings }, `${server} (${address})`, address, delegated)
  }
  const addresses = new Set<string>()
  for (const server of new Set([...own, ...delegated])) {
    if (await isAlias(server, zone, options)) findings.add(`the name server ${server} is an alias (RFC 2181 §10.3)`)
    const known = await addressesOf(server, zone, options)
    if (known.length === 0) findings.add(`the name server ${server} has no address`)
    for (const address of known) {
      addresses.add(address)
      await askSibling({ zone, apex, own, options, findings }, `${server} (${address})`, address)
    }
  }
  if (addresses.size === 1) findings.add('all name servers are one address (RFC 2182 §5 wants two or more)')
  return [...findings]
}

interface Case {
  readonly zone: Zone
  readonly apex: string
  readonly own: readonly string[]
  readonly options: DelegationOptions
  readonly findings: Set<string>
}

/** The nearest name above that is a zone, with its servers. */
async function findParent(apex: string, options: DelegationOptions): Promise<{ servers: string[] } | undefined> {
  for (let above = upOf(apex); ; above = upOf(above)) {
    const reply = await tryAsk(options.resolver, above, Type.NS, options, true)
    const servers = reply ? namesOf(reply.answer, above) : []
    if (servers.length > 0) return { servers }
    if (above === '.') return undefined
  }
}

/** A referral, or an answer with authority where the parent's server serves the zone as well, which says nothing of the delegation. */
async function askParent(found: Case, who: string, address: string, delegated: Set<string>): Promise<void> {
  const { apex, own, options, findings, zone } = found
  const reply = await tryAsk({ address, port: options.port }, apex, Type.NS, options)
  if (!reply) return void findings.add(`the parent's server ${who} does not answer`)
  await askForSigners(found, who, address)
  if (reply.flags.aa && reply.answer.length > 0) return
  const servers = namesOf(reply.authority, apex)
  if (servers.length === 0) return void findings.add(`the parent's server ${who} does not delegate it`)
  for (const server of servers) delegated.add(server)
  for (const server of own)
    if (!servers.includes(server)) findings.add(`the parent does not name ${server}: says ${who}`)
  for (const server of servers) {
    if (!own.includes(server))
      findings.add(`the parent names ${server}, which is no name server in the zone: says ${who}`)
    if (!isWithin(server, apex)) continue
    const glue = reply.additional
      .filter((record) => isAddress(record) && same(record.name, server))
      .map(({ data }) => data)
    const ours = addressesIn(zone, server)
    if (glue.length === 0) findings.add(`the parent has no glue for ${server}: says ${who}`)
    else if (glue.toSorted().join() !== ours.toSorted().join())
      findings.add(
        `the parent's glue for ${server} is ${glue.join(', ')}, the zone has ${ours.join(', ') || 'none'}: says ${who}`,
      )
  }
}

/** What validators are told of the zone's keys. */
async function askForSigners({ zone, apex, options, findings }: Case, who: string, address: string): Promise<void> {
  const reply = await tryAsk({ address, port: options.port }, apex, Type.DS, options)
  const signers = (reply?.answer ?? []).filter(({ type, name }) => type === Type.DS && same(name, apex))
  for (const finding of checkSigners(
    zone,
    signers.map(({ data }) => data),
  ))
    findings.add(`${finding}: says ${who}`)
}

async function askSibling({ zone, apex, own, options, findings }: Case, who: string, address: string): Promise<void> {
  const endpoint = { address, port: options.port }
  const soa = await tryAsk(endpoint, apex, Type.SOA, options)
  if (!soa) return void findings.add(`${who} does not answer`)
  const record = soa.answer.find(({ type }) => type === Type.SOA)
  if (!soa.flags.aa || !record) return void findings.add(`${who} is not authoritative for it: a lame delegation`)
  const serial = Number(record.data.split(' ')[2])
  if (serial !== zone.words[At.serial])
    findings.add(`${who} has the serial ${serial}, the zone here ${zone.words[At.serial]}`)
  const reply = await tryAsk(endpoint, apex, Type.NS, options)
  const servers = reply ? namesOf(reply.answer, apex) : own
  if (servers.toSorted().join() !== own.toSorted().join())
    findings.add(`${who} names ${servers.join(', ') || 'no name servers'}, the zone here ${own.join(', ')}`)
  const overTcp = await tryAsk(endpoint, apex, Type.SOA, options, false, true)
  if (!overTcp) findings.add(`${who} does not answer over TCP (RFC 7766 §5)`)
}

/** Undefined where there was no answer to be had. */
async function tryAsk(
  server: Endpoint,
  name: string,
  type: number,
  { timeoutMs }: DelegationOptions,
  recursive = false,
  overTcp = false,
): Promise<Answered | undefined> {
  try {
    return await ask({ server, name, type, timeoutMs, recursive, overTcp })
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** From our files where the name is in the zone, else from the resolver. */
async function addressesOf(server: string, zone: Zone | undefined, options: DelegationOptions): Promise<string[]> {
  if (zone && isWithin(server, printName(apexOf(zone)))) return addressesIn(zone, server)
  const replies = await Promise.all(
    [Type.A, Type.AAAA].map((type) => tryAsk(options.resolver, server, type, options, true)),
  )
  return replies.flatMap((reply) => (reply?.answer ?? []).filter(isAddress).map(({ data }) => data))
}

/** A name server is a name with addresses of its own. */
async function isAlias(server: string, zone: Zone, options: DelegationOptions): Promise<boolean> {
  // Of those in the zone `check` itself has told.
  if (isWithin(server, printName(apexOf(zone)))) return false
  const reply = await tryAsk(options.resolver, server, Type.A, options, true)
  return (reply?.answer ?? []).some(({ type, name }) => type === Type.CNAME && same(name, server))
}

function namesOf(records: readonly AskedRecord[], owner: string): string[] {
  return records.filter(({ type, name }) => type === Type.NS && same(name, owner)).map(({ data }) => data.toLowerCase())
}

function isAddress({ type }: AskedRecord): boolean {
  return type === Type.A || type === Type.AAAA
}

function upOf(name: string): string {
  const dot = /^(?:[^.\\]|\\.)*\./.exec(name)?.[0].length ?? name.length
  return name.slice(dot) === '' ? '.' : name.slice(dot)
}
