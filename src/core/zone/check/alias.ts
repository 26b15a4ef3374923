// ALIAS beside other data: it gives its owner A and AAAA, so nothing else may. Where it leads is looked at when all zones are known.

import { printName } from '../../wire/name.ts'
import { typeName } from '../../wire/rdata/index.ts'
import { addError, type ProblemList } from '../problem-list.ts'
import { placeOf } from '../records.ts'
import { Code, distinctRecords, nameOfKey, type Owner, type Owners, placeOfSet, setOf } from './owners.ts'

/** What an ALIAS answers, or would be hidden by. A CNAME complains of everything beside it. */
const besides: readonly number[] = [Code.A, Code.AAAA]

export function checkFlattened(owners: Owners, owner: Owner, problems: ProblemList): void {
  const aliases = setOf(owner, Code.ALIAS)
  if (aliases === undefined) return
  const title = printName(nameOfKey(owner.key))
  for (const set of owner.sets) {
    if (!besides.includes(set.type)) continue
    const message = `expected no ${typeName(set.type)} beside the ALIAS of ${title}, which has the addresses of its target`
    addError(problems, placeOfSet(owners, set), message)
  }
  if (owner.service !== undefined && [...besides, Code.CNAME].some((type) => owner.serviceTypes.includes(type))) {
    const message = `expected no service of addresses or CNAMEs beside the ALIAS of ${title}`
    addError(problems, owner.service, message, 'an ALIAS may lead to a name that has the service')
  }
  const distinct = distinctRecords(owners, aliases)
  if (distinct.length === 1) return
  addError(problems, placeOf(owners.records, distinct[1]!), `expected one ALIAS at ${title}, found ${distinct.length}`)
}

/** A name server needs addresses of its own: to resolve the target, somebody may have to ask it. */
export function refuseFlattened(owners: Owners, server: Owner | undefined, i: number, problems: ProblemList): boolean {
  if (server === undefined || setOf(server, Code.ALIAS) === undefined) return false
  const name = printName(nameOfKey(server.key))
  addError(
    problems,
    placeOf(owners.records, i),
    `expected an address for the name server ${name}, found an ALIAS`,
    'whoever resolves its target may have to ask this very server',
  )
  return true
}
