// Checks of a whole zone, which no single line can show: what must be there, what must not stand together, what points nowhere.
// An error means that the zone cannot be served as its author means it; a warning, that some of it is served otherwise.

import type { Place, Problem } from '../../base/problem.ts'
import { MAX_NAME, printName } from '../../wire/name.ts'
import { typeName } from '../../wire/rdata/index.ts'
import { addError, addWarning, closeProblemList, openProblemList, type ProblemList } from '../problem-list.ts'
import { ownerOf, placeOf, type RecordPlace, type Records, ttlOf } from '../records.ts'
import { checkFlattened } from './alias.ts'
import { checkDelegated } from './delegated.ts'
import { addName, findName, gatherNames, nameBytes, type Names } from '../names.ts'
import {
  Code,
  distinctRecords,
  isWildcardKey,
  keyOf,
  nameOfKey,
  openOwners,
  type Owner,
  type Owners,
  placeOfSet,
  type RecordSet,
  setOf,
} from './owners.ts'
import { checkNames } from './host-name.ts'
import { checkTargets, isDoubled, missingDot } from './target.ts'

export interface CheckedService {
  /** Absolute, in wire form. */
  readonly owner: Uint8Array
  readonly place: RecordPlace
  /** What its pools hold; CNAME is alone. */
  readonly types?: readonly number[]
}

export interface CheckOptions {
  /** Names that a service answers for, as if they had addresses. */
  readonly services?: readonly CheckedService[]
  /** Where to point when something is missing; by default the file of the first record. */
  readonly place?: Place
  /** The names of the records, for who has them; those of the services are added. */
  readonly names?: Names
  /** Some of the zone could not be read: what seems to be missing may stand there, so only what is there is checked. */
  readonly isPartial?: boolean
}

/** `apex` is absolute and in wire form. Problems come in the order of files and lines. */
export function checkZone(records: Records, apex: Uint8Array, options: CheckOptions = {}): Problem[] {
  const problems = openProblemList()
  const place = options.place ?? { file: records.files[0] ?? printName(apex), line: 0, col: 0 }
  const { services = [], names = gatherNames(records, apex) } = options
  for (const { owner } of services) addName(names, owner)
  const owners = openOwners(names)
  reportNames(owners, apex, problems)
  gatherServices(owners, apex, services, problems)
  if (!options.isPartial) checkApex(owners, apex, place, problems)
  for (const owner of owners.byKey.values()) {
    for (const set of owner.sets) checkSet(owners, owner, set, problems)
    checkAlias(owners, owner, problems)
    checkFlattened(owners, owner, problems)
    checkBesideService(owners, owner, problems)
    checkNames(owners, owner, problems)
  }
  if (!options.isPartial) {
    checkDelegated(owners, problems)
    checkTargets(owners, problems)
  }
  return closeProblemList(problems, place.file).sort(byPlace)
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.col - b.col
}

function reportNames(owners: Owners, apex: Uint8Array, problems: ProblemList): void {
  const { names, records } = owners
  // Whatever has the zone's name twice lies at or beneath this.
  const twice = Uint8Array.from([...apex.slice(0, -1), ...apex])
  const doubled = isDoubled(owners, keyOf(twice)) && twice.length <= MAX_NAME ? findName(names, twice) : -1
  for (let i = 0, last = -1; i < records.count; i++) {
    const name = names.nameOf[i]!
    if (name < 0) reportOutside(ownerOf(records, i), apex, placeOf(records, i), problems)
    else if (doubled >= 0 && name !== last && isBeneath(names, name, doubled)) {
      const message = `${printName(nameBytes(names, name))} has the zone's name twice`
      addWarning(problems, placeOf(records, i), message, missingDot)
    }
    last = name
  }
}

function isBeneath({ parent }: Names, name: number, ancestor: number): boolean {
  let at = name
  while (at >= 0 && at !== ancestor) at = parent[at]!
  return at === ancestor
}

function gatherServices(
  owners: Owners,
  apex: Uint8Array,
  checked: readonly CheckedService[],
  problems: ProblemList,
): void {
  const { names, services } = owners
  for (const { owner, place, types = [Code.A, Code.AAAA] } of checked) {
    const name = findName(names, owner)
    if (name < 0) reportOutside(owner, apex, place, problems)
    else if (services.has(name))
      addError(problems, place, `expected one service at ${printName(owner)}, found a second`)
    else services.set(name, { place, types })
  }
}

function reportOutside(name: Uint8Array, apex: Uint8Array, place: Place, problems: ProblemList): void {
  addError(problems, place, `expected a name in the zone ${printName(apex)}, found ${printName(name)}`)
}

function checkApex(owners: Owners, apex: Uint8Array, place: Place, problems: ProblemList): void {
  const owner = owners.byKey.get(owners.apexKey)
  const soa = setOf(owner, Code.SOA)
  if (soa === undefined) addError(problems, place, `expected a SOA record at ${printName(apex)}, found none`)
  else if (soa.records.length > 1) {
    addError(problems, placeOf(owners.records, soa.records[1]!), `expected one SOA record, found ${soa.records.length}`)
  }
  if (setOf(owner, Code.NS) === undefined) {
    addError(problems, place, `expected NS records at ${printName(apex)}, found none`)
  }
}

function checkSet(owners: Owners, owner: Owner, set: RecordSet, problems: ProblemList): void {
  const { records } = owners
  if (set.type === Code.SOA) {
    if (owner.key !== owners.apexKey)
      addError(problems, placeOfSet(owners, set), 'expected a SOA record at the apex only')
    return
  }
  if (set.type === Code.NS && isWildcardKey(owner.key)) {
    addWarning(problems, placeOfSet(owners, set), 'NS records of a wildcard delegate nothing reliably (RFC 4592 §4.2)')
  }
  if (set.type === Code.DNAME) checkRedirection(owners, owner, set, problems)
  if (set.records.length === 1) return
  const title = `${typeName(set.type)} of ${printName(nameOfKey(owner.key))}`
  const first = set.records[0]!
  const other = set.records.find((i) => ttlOf(records, i) !== ttlOf(records, first))
  if (other !== undefined) {
    const lowest = set.records.reduce((ttl, i) => Math.min(ttl, ttlOf(records, i)), Number.POSITIVE_INFINITY)
    const message = `${title}: TTL ${ttlOf(records, other)} beside ${ttlOf(records, first)}; all get the lowest, ${lowest}`
    addWarning(problems, placeOf(records, other), message)
  }
  const distinct = distinctRecords(owners, set)
  if (distinct.length === set.records.length) return
  const kept = new Set(distinct)
  for (const i of set.records)
    if (!kept.has(i)) addWarning(problems, placeOf(records, i), `${title}: the same record twice`)
}

/** One DNAME at a name, none beside a delegation (RFC 6672 §2.3, §2.4), and none that depends on what else exists. */
function checkRedirection(owners: Owners, owner: Owner, set: RecordSet, problems: ProblemList): void {
  const title = printName(nameOfKey(owner.key))
  const distinct = distinctRecords(owners, set)
  if (distinct.length > 1) {
    const place = placeOf(owners.records, distinct[1]!)
    addError(problems, place, `expected one DNAME at ${title}, found ${distinct.length}`)
  }
  if (owner.key !== owners.apexKey && setOf(owner, Code.NS) !== undefined) {
    const message = `expected no DNAME beside the delegation of ${title}: what is beneath belongs to the child zone`
    addError(problems, placeOfSet(owners, set), message)
  }
  if (isWildcardKey(owner.key)) {
    const message = 'a DNAME of a wildcard redirects nothing (RFC 4592 §4.4)'
    addWarning(problems, placeOfSet(owners, set), message)
  }
}

const besideAlias: readonly number[] = [Code.CNAME, Code.KEY, Code.RRSIG, Code.NSEC]

/** A CNAME stands alone (RFC 1034 §3.6.2), but for what secures it (RFC 4035 §2.5, which also says why KEY). */
function checkAlias(owners: Owners, owner: Owner, problems: ProblemList): void {
  const aliases = setOf(owner, Code.CNAME)
  if (aliases === undefined) return
  const place = placeOfSet(owners, aliases)
  const title = printName(nameOfKey(owner.key))
  const others = owner.sets.filter(({ type }) => !besideAlias.includes(type)).map(({ type }) => typeName(type))
  if (owner.service !== undefined) others.push('a service')
  if (others.length > 0)
    addError(problems, place, `expected nothing beside the CNAME of ${title}, found ${others.join(', ')}`)
  const distinct = distinctRecords(owners, aliases)
  if (distinct.length > 1) {
    addError(
      problems,
      placeOf(owners.records, distinct[1]!),
      `expected one CNAME at ${title}, found ${distinct.length}`,
    )
  }
}

function checkBesideService(owners: Owners, owner: Owner, problems: ProblemList): void {
  const { service, serviceTypes } = owner
  if (service === undefined) return
  const title = printName(nameOfKey(owner.key))
  if (serviceTypes.includes(Code.CNAME)) {
    const others = owner.sets.filter(({ type }) => !besideAlias.includes(type)).map(({ type }) => typeName(type))
    // The set of the apex is never empty, and a missing SOA is reported as such.
    if (owner.key === owners.apexKey)
      addError(problems, service, `expected no service of CNAME pools at the apex ${title}`, apexHint)
    else if (others.length > 0)
      addError(problems, service, `expected nothing beside the CNAME pools of ${title}, found ${others.join(', ')}`)
    return
  }
  for (const set of owner.sets) {
    if (!serviceTypes.includes(set.type)) continue
    const message = `${typeName(set.type)} beside a service whose pools hold such targets is never used`
    addWarning(problems, placeOfSet(owners, set), message)
  }
}

const apexHint =
  'a CNAME stands alone, and the apex has SOA and NS: use pools of addresses or of HTTPS records there, or an ALIAS to a name beneath with the service'
