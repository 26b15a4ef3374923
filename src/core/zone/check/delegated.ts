// What stands at or beneath a delegation belongs to the child zone (RFC 1034 §4.2.1): only NS, DS and glue mean something here.
// What stands beneath a DNAME is not there at all (RFC 6672 §2.4).

import { printName } from '../../wire/name.ts'
import { targetNames, typeName } from '../../wire/rdata/index.ts'
import { findName } from '../names.ts'
import { addError, addWarning, type ProblemList } from '../problem-list.ts'
import { rdataOf } from '../records.ts'
import { Code, cutOf, nameOfKey, type Owner, type Owners, placeOfSet, redirectionAbove, setOf } from './owners.ts'

export function checkDelegated(owners: Owners, problems: ProblemList): void {
  checkSigners(owners, problems)
  if (owners.hasRedirections) checkRedirected(owners, problems)
  if (!owners.hasCuts) return
  const glue = gluedNames(owners)
  for (const owner of owners.byKey.values()) {
    const cut = cutOf(owners, owner)
    if (cut === undefined) continue
    const where = `${owner.name === cut.name ? 'at' : 'beneath'} the delegation of ${printName(nameOfKey(cut.key))}`
    for (const { type, records } of owner.sets) {
      if (isOfParent(owner, cut, type) || (isAddress(type) && glue[owner.name] === 1)) continue
      const message = `${typeName(type)} ${where} is not served: it belongs to the child zone`
      addWarning(problems, placeOfSet(owners, { type, records }), message)
    }
    if (owner.service !== undefined) addWarning(problems, owner.service, `a service ${where} never answers`)
  }
}

/** DS stands at a delegation and nowhere else (RFC 4034 §5, RFC 4035 §2.4). */
function checkSigners(owners: Owners, problems: ProblemList): void {
  for (const owner of owners.byKey.values()) {
    const ds = setOf(owner, Code.DS)
    if (ds === undefined || setOf(owner, Code.NS) !== undefined) {
      if (ds !== undefined && owner.key === owners.apexKey)
        addError(problems, placeOfSet(owners, ds), 'expected no DS at the apex: it belongs to the zone above')
    } else {
      const message = `DS of ${printName(nameOfKey(owner.key))}, which is not delegated: nobody will ask for it`
      addWarning(problems, placeOfSet(owners, ds), message)
    }
  }
}

function checkRedirected(owners: Owners, problems: ProblemList): void {
  for (const owner of owners.byKey.values()) {
    const dname = redirectionAbove(owners, owner.key)
    if (dname === undefined || cutOf(owners, owner) !== undefined) continue
    const where = `beneath the DNAME of ${printName(nameOfKey(dname.key))}`
    for (const set of owner.sets) {
      const message = `expected nothing ${where}, found ${typeName(set.type)}: the name is redirected`
      addError(problems, placeOfSet(owners, set), message)
    }
    if (owner.service !== undefined) addError(problems, owner.service, `expected no service ${where}: it never answers`)
  }
}

function isAddress(type: number): boolean {
  return type === Code.A || type === Code.AAAA
}

/** Types that the parent has at the cut itself (RFC 4035 §2.6). */
function isOfParent(owner: Owner, cut: Owner, type: number): boolean {
  return owner.name === cut.name && (type === Code.NS || type === Code.DS || type === Code.NSEC || type === Code.RRSIG)
}

/** By name: 1 where an NS record of the apex or of a delegation points to it. */
function gluedNames({ names, records, byKey }: Owners): Uint8Array {
  const glued = new Uint8Array(names.count)
  for (const owner of byKey.having(Code.NS)) {
    for (const i of setOf(owner, Code.NS)!.records) {
      const server = findName(names, targetNames(rdataOf(records, i), Code.NS)[0]!)
      if (server >= 0) glued[server] = 1
    }
  }
  return glued
}
