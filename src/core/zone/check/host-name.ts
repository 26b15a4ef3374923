// Names that look wrong: hosts with letters that hosts have not (RFC 952, RFC 1123 §2.1), addresses where a name is wanted, a
// mailbox with an @, an asterisk that stands for nothing. Other programs may refuse or misread them, so they are told and served.

import type { Place } from '../../base/problem.ts'
import { printName } from '../../wire/name.ts'
import { targetNames, typeName } from '../../wire/rdata/index.ts'
import { addWarning, type ProblemList } from '../problem-list.ts'
import { placeOf, rdataOf } from '../records.ts'
import { Code, nameOfKey, type Owner, type Owners, placeOfSet, type RecordSet, setOf, targetKeys } from './owners.ts'

const HYPHEN = 0x2d

/** Types whose owners are hosts. */
const hosts: ReadonlySet<number> = new Set([Code.A, Code.AAAA, Code.MX])
/** Types whose data name a host. */
const namingHosts: ReadonlySet<number> = new Set([Code.NS, Code.MX, Code.SRV, Code.KX, Code.AFSDB])

export function checkNames(owners: Owners, owner: Owner, problems: ProblemList): void {
  const { key } = owner
  const first = owner.sets[0]
  if (first !== undefined && hasInnerAsterisk(key)) {
    const message = `${printName(nameOfKey(key))} has an asterisk that is not its first label: it stands for itself alone (RFC 4592 §2.1.1)`
    addWarning(problems, placeOfSet(owners, first), message)
  }
  for (const set of owner.sets) {
    if (hosts.has(set.type) && !isHost(key))
      warnOfHost(problems, placeOfSet(owners, set), `the owner of ${typeName(set.type)}, ${printName(nameOfKey(key))},`)
    if (namingHosts.has(set.type)) for (const i of set.records) checkTarget(owners, set, i, problems)
  }
  const soa = setOf(owner, Code.SOA)
  if (soa !== undefined) checkMailbox(owners, soa.records[0]!, problems)
  checkObsolete(owners, owner, problems)
}

function checkTarget(owners: Owners, { type }: RecordSet, i: number, problems: ProblemList): void {
  const target = targetKeys(owners, i)[0]!
  const name = printName(nameOfKey(target))
  const place = placeOf(owners.records, i)
  if (isAddress(target)) {
    const message = `${typeName(type)} points to ${name}, which looks like an address`
    addWarning(problems, place, message, 'it has to be a name, whose addresses are asked for')
  } else if (!isHost(target)) warnOfHost(problems, place, `${name}, the target of ${typeName(type)},`)
}

function warnOfHost(problems: ProblemList, place: Place, which: string): void {
  const message = `${which} is no host name: some programs will refuse it (RFC 1123 §2.1)`
  addWarning(problems, place, message, 'hosts have letters, digits and hyphens')
}

/** The mailbox of a SOA is a name: `host.example.com.` for `host@example.com` (RFC 1035 §3.3.13). */
function checkMailbox(owners: Owners, i: number, problems: ProblemList): void {
  const mailbox = targetNames(rdataOf(owners.records, i), Code.SOA)[1]
  if (!mailbox?.includes(0x40)) return
  const name = printName(mailbox)
  const hint = `write ${name.replace(/\\?@/, '.')}`
  addWarning(problems, placeOf(owners.records, i), `expected the mailbox of the SOA as a name, found ${name}`, hint)
}

/** SPF as a type of its own has gone (RFC 7208 §3.1): who has it needs the same as TXT. A null MX stands alone (RFC 7505 §3). */
function checkObsolete(owners: Owners, owner: Owner, problems: ProblemList): void {
  const spf = setOf(owner, Code.SPF)
  if (spf !== undefined && !hasSpfText(owners, owner))
    addWarning(
      problems,
      placeOfSet(owners, spf),
      'SPF is read from TXT alone (RFC 7208 §3.1), and there is none with it here',
    )
  const mx = setOf(owner, Code.MX)
  const none = mx?.records.find((i) => targetNames(rdataOf(owners.records, i), Code.MX)[0]![0] === 0)
  if (mx !== undefined && none !== undefined && mx.records.length > 1)
    addWarning(
      problems,
      placeOf(owners.records, none),
      'MX with "." says that there is no mail, beside one that there is (RFC 7505 §3)',
    )
}

function hasSpfText(owners: Owners, owner: Owner): boolean {
  const head = 'v=spf1'
  return (setOf(owner, Code.TXT)?.records ?? []).some(
    (i) => String.fromCharCode(...rdataOf(owners.records, i).subarray(1, 1 + head.length)).toLowerCase() === head,
  )
}

/** Letters, digits and hyphens within; an asterisk in front. `gc._msdcs` is what Active Directory calls its hosts. */
function isHost(key: string): boolean {
  const start = key.startsWith(asterisk) ? 2 : 0
  return hasHostLabels(key, start) || (key.startsWith(directory) && hasHostLabels(key, directory.length))
}

const asterisk = '\u0001*'
const directory = '\u0002gc\u0006_msdcs'

function hasHostLabels(key: string, start: number): boolean {
  for (let at = start; key.charCodeAt(at) !== 0; ) {
    const end = at + key.charCodeAt(at)
    if (key.charCodeAt(at + 1) === HYPHEN || key.charCodeAt(end) === HYPHEN) return false
    for (let i = at + 1; i <= end; i++) if (!isHostByte(key.charCodeAt(i))) return false
    at = end + 1
  }
  return true
}

/** Keys are lower-cased. */
function isHostByte(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === HYPHEN
}

/** Four labels that are 0 to 255 in front: `192.0.2.1.`, or the same with the zone's name behind it where the dot is missing. */
function isAddress(key: string): boolean {
  let at = 0
  for (let labels = 0; labels < 4; labels++) {
    const length = key.charCodeAt(at)
    if (length === 0 || length > 3) return false
    const label = key.slice(at + 1, at + 1 + length)
    if (!/^\d+$/.test(label) || Number(label) > 255) return false
    at += 1 + length
  }
  return true
}

function hasInnerAsterisk(key: string): boolean {
  // Rarely there, and quickly looked for.
  return key.indexOf(asterisk, 1) > 0 && labelsOf(key).slice(1).includes('*')
}

function labelsOf(key: string): string[] {
  const labels: string[] = []
  for (let at = 0; key.charCodeAt(at) !== 0; at += 1 + key.charCodeAt(at))
    labels.push(key.slice(at + 1, at + 1 + key.charCodeAt(at)))
  return labels
}
