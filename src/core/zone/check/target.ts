// Where records point to, as far as this zone knows it: servers without addresses, aliases where none may be, circles.

import { printName } from '../../wire/name.ts'
import { typeName } from '../../wire/rdata/index.ts'
import { addError, addWarning, type ProblemList } from '../problem-list.ts'
import { placeOf } from '../records.ts'
import { refuseFlattened } from './alias.ts'
import { pointerOf } from './host.ts'
import {
  Code,
  cutAbove,
  cutOf,
  hasAddress,
  isWithinKey,
  nameOfKey,
  type Owner,
  type Owners,
  parentKey,
  placeOfSet,
  redirectionAbove,
  setOf,
  targetKeys,
  wildcardAbove,
} from './owners.ts'

export const missingDot = 'a name without a final dot is relative to the zone: is the dot missing?'

/** `ns1.example.com.example.com.` The name of a top-level zone is too short to tell: `com.com.` may be meant. */
export function isDoubled(owners: Owners, key: string): boolean {
  const { apexKey } = owners
  if (parentKey(apexKey).length <= 1) return false
  return isWithinKey(key, apexKey.slice(0, -1) + apexKey)
}

export function checkTargets(owners: Owners, problems: ProblemList): void {
  for (const owner of owners.byKey.values()) {
    // What is beneath a cut is not served, and has been reported.
    if (owners.cuts[owner.name]! >= 0 && owners.cuts[owner.name] !== owner.name) continue
    for (const set of owner.sets) {
      if (set.type === Code.NS) for (const i of set.records) checkServer(owners, owner, i, problems)
      else for (const i of set.records) checkPointer(owners, set.type, i, problems)
    }
  }
  checkAliases(owners, problems)
}

/** The server of an NS record: in this zone it has to have an address, here and not as an alias (RFC 2181 §10.3). */
function checkServer(owners: Owners, owner: Owner, i: number, problems: ProblemList): void {
  const key = targetKeys(owners, i)[0]!
  if (!isWithinKey(key, owners.apexKey)) return
  const server = owners.byKey.get(key)
  // A zone whose own server is an alias is refused by others; a delegation may still be followed with luck.
  const add = owner.key === owners.apexKey ? addError : addWarning
  if (tellOfRedirection(owners, Code.NS, key, i, problems, add)) return
  if (tellOfAlias(owners, Code.NS, server, i, problems, add) || refuseFlattened(owners, server, i, problems)) return
  if (hasAddress(server)) return
  const cut = cutAbove(owners, key)
  const place = placeOf(owners.records, i)
  const hint = isDoubled(owners, key) ? missingDot : undefined
  const name = printName(nameOfKey(key))
  if (cut === undefined) {
    if (server?.service === undefined && !hasAddressByWildcard(owners, key, server)) {
      addError(problems, place, `expected an address for the name server ${name}, found none in this zone`, hint)
    }
  } else if (cut.name === owner.name) {
    addError(
      problems,
      place,
      `expected the address of ${name} as glue, found none: nobody could reach the child zone`,
      hint,
    )
  } else addWarning(problems, place, `the name server ${name} is in a delegated zone and has no address here`, hint)
}

/** The name that a record sends its reader to. "." says that there is none (RFC 7505, RFC 2782), or the owner itself (RFC 9460). */
function checkPointer(owners: Owners, type: number, i: number, problems: ProblemList): void {
  const pointer = pointerOf(owners.records, i)
  if (pointer === undefined || pointer.key === '\u0000' || !isWithinKey(pointer.key, owners.apexKey)) return
  const { key, wants, mayBeAlias } = pointer
  const host = owners.byKey.get(key)
  if (tellOfRedirection(owners, type, key, i, problems, addWarning)) return
  if (setOf(host, Code.CNAME) !== undefined) {
    if (!mayBeAlias) tellOfAlias(owners, type, host, i, problems, addWarning)
    return
  }
  if (cutAbove(owners, key) !== undefined || hasWanted(owners, key, host, wants)) return
  const hint = isDoubled(owners, key) ? missingDot : undefined
  const lack = wants.length === 0 ? 'address' : wants.map(typeName).join(' or ')
  const message = `${typeName(type)} points to ${printName(nameOfKey(key))}, which has no ${lack} in this zone`
  addWarning(problems, placeOf(owners.records, i), message, hint)
}

function hasWanted(owners: Owners, key: string, host: Owner | undefined, wants: readonly number[]): boolean {
  if (wants.length === 0)
    return hasAddress(host) || host?.service !== undefined || hasAddressByWildcard(owners, key, host)
  const found = host ?? wildcardAbove(owners, key)
  return found?.service !== undefined || wants.some((type) => setOf(found, type) !== undefined)
}

/** A name beneath a DNAME is an alias that no record shows. */
function tellOfRedirection(
  owners: Owners,
  type: number,
  key: string,
  i: number,
  problems: ProblemList,
  add: typeof addError,
): boolean {
  const dname = redirectionAbove(owners, key)
  if (dname === undefined) return false
  const [name, above] = [key, dname.key].map((each) => printName(nameOfKey(each)))
  add(
    problems,
    placeOf(owners.records, i),
    `${typeName(type)} points to ${name}, which the DNAME of ${above} redirects`,
  )
  return true
}

function tellOfAlias(
  owners: Owners,
  type: number,
  target: Owner | undefined,
  i: number,
  problems: ProblemList,
  add: typeof addError,
): boolean {
  if (target === undefined || setOf(target, Code.CNAME) === undefined) return false
  const message = `${typeName(type)} points to ${printName(nameOfKey(target.key))}, which is a CNAME (RFC 2181 §10.3)`
  add(problems, placeOf(owners.records, i), message)
  return true
}

/** A wildcard answers only for names that do not exist. */
function hasAddressByWildcard(owners: Owners, key: string, existing: Owner | undefined): boolean {
  if (existing !== undefined) return false
  const wildcard = wildcardAbove(owners, key)
  return hasAddress(wildcard) || wildcard?.service !== undefined || setOf(wildcard, Code.CNAME) !== undefined
}

/** Follows each CNAME once: those that were reached before are not followed again, so long chains stay cheap. */
function checkAliases(owners: Owners, problems: ProblemList): void {
  // By name: 1 + the name that the walk began with.
  const walkOf = new Uint32Array(owners.names.count)
  for (const start of owners.byKey.having(Code.CNAME)) {
    const walk = start.name + 1
    let owner: Owner | undefined = start
    while (owner !== undefined && walkOf[owner.name] === 0) {
      const aliases = setOf(owner, Code.CNAME)
      if (aliases === undefined) break
      walkOf[owner.name] = walk
      const key: string = targetKeys(owners, aliases.records[0]!)[0]!
      const next = owners.byKey.get(key)
      if (next === undefined) warnOfNowhere(owners, owner, key, problems)
      owner = next
    }
    const aliases = setOf(owner, Code.CNAME)
    if (owner === undefined || aliases === undefined || walkOf[owner.name] !== walk) continue
    addWarning(
      problems,
      placeOfSet(owners, aliases),
      `the CNAME of ${printName(nameOfKey(owner.key))} leads back to itself`,
    )
  }
}

function warnOfNowhere(owners: Owners, owner: Owner, key: string, problems: ProblemList): void {
  if (!isWithinKey(key, owners.apexKey) || cutAbove(owners, key) !== undefined) return
  if (cutOf(owners, owner) !== undefined || wildcardAbove(owners, key) !== undefined) return
  if (redirectionAbove(owners, key) !== undefined) return
  const message = `CNAME points to ${printName(nameOfKey(key))}, which has no records in this zone`
  const hint = isDoubled(owners, key) ? missingDot : undefined
  addWarning(problems, placeOfSet(owners, setOf(owner, Code.CNAME)!), message, hint)
}
