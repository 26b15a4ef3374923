// Random zones in which much meets much: few labels, so that aliases, cuts, wildcards and empty non-terminals fall on each other;
// parents and children on one server. The numbers decide, so that a seed repeats all.

type Numbers = (limit: number) => number

export interface Family {
  /** Zones by name, without the final dot. */
  readonly zones: ReadonlyMap<string, string>
  /** Names worth asking for, absolute. */
  readonly names: readonly string[]
}

const labels = ['a', 'b', 'c', 'd', 'www', 'mail', 'kid', '*']

interface Draft {
  readonly apex: string
  /** Owners under the child's name, and DNAMEs in a child: NSD looks for data beneath a DNAME in all its zones, so not both. */
  readonly hasOccluded: boolean
  /** Owner relative to the apex → type → data. */
  readonly owners: Map<string, Map<string, Set<string>>>
}

/** A zone, a child of it on the same server, and a child of that. */
export function makeFamily(index: number, number: Numbers): Family {
  const apex = `f${index}.test`
  const apexes = [apex, `kid.${apex}`, ...(number(2) === 0 ? [`kid.kid.${apex}`] : [])]
  const zones = new Map<string, string>()
  const names = new Set<string>(apexes.map((name) => `${name}.`))
  for (const [i, each] of apexes.entries()) {
    const draft: Draft = { apex: each, hasOccluded: index % 2 === 0, owners: new Map() }
    for (let left = 12 + number(30); left > 0; left--) addSomething(draft, apexes, number)
    const child = apexes[i + 1]
    if (child !== undefined) addChild(draft, child.slice(0, -each.length - 1), number)
    if (number(6) === 0) addCrowdedCut(draft, number)
    zones.set(each, printZone(draft))
    for (const owner of draft.owners.keys()) for (const name of around(owner, number)) names.add(`${name}.${each}.`)
  }
  if (index % 4 === 0) {
    // A zone that is another name for this one.
    zones.set(
      `d${index}.test`,
      `@ 60 SOA ns.${apex}. h 1 3600 900 1209600 120\n@ 60 NS ns.${apex}.\n@ 60 DNAME ${apex}.\n`,
    )
    for (const name of [...names]) if (number(3) === 0) names.add(name.replace(`${apex}.`, `d${index}.test.`))
    names.add(`d${index}.test.`)
  }
  return { zones, names: [...names] }
}

function addSomething(draft: Draft, apexes: readonly string[], number: Numbers): void {
  const owner = pickOwner(number)
  const ttl = [60, 300, 3600][number(3)]!
  const put = (type: string, data: string): void => add(draft, owner, type, data, ttl)
  switch (number(14)) {
    case 0:
    case 1:
      return put('CNAME', pickTarget(apexes, number))
    case 2:
      return put('DNAME', pickTarget(apexes, number))
    case 3:
    case 4:
      return addCut(draft, owner, apexes, number)
    case 5:
      return put('MX', `${number(3)} ${pickTarget(apexes, number)}`)
    case 6:
      return put('SRV', `0 ${number(2)} 80 ${pickTarget(apexes, number)}`)
    case 7:
      return put('TXT', `"${'t'.repeat(1 + number(40))}"`)
    case 8:
      for (let i = number(40) === 0 ? 60 : 2; i > 0; i--) put('A', `192.0.2.${i}`)
      return undefined
    case 9:
      return put('AAAA', `2001:db8::${1 + number(9)}`)
    default:
      return put('A', `192.0.2.${1 + number(9)}`)
  }
}

function addCut(draft: Draft, owner: string, apexes: readonly string[], number: Numbers): void {
  if (owner.includes('*')) return
  for (let left = 1 + number(3); left > 0; left--) {
    const kind = number(4)
    const server = [`ns${number(3)}.${owner}`, `ns${number(3)}`, 'ns.example.net.', pickTarget(apexes, number)][kind]!
    add(draft, owner, 'NS', server, 300)
    if (kind > 1) continue
    if (number(4) > 0) add(draft, server, 'A', `192.0.2.${10 + number(9)}`, 300)
    if (number(3) === 0) add(draft, server, 'AAAA', `2001:db8::${10 + number(9)}`, 300)
  }
  if (number(3) === 0) add(draft, owner, 'DS', `${number(9)} 8 1 ${'ab'.repeat(20)}`, 300)
}

/** A delegation whose glue comes to the limits of a packet. */
function addCrowdedCut(draft: Draft, number: Numbers): void {
  for (let i = 8 + number(40); i > 0; i--) {
    const server = `server${i}.${number(3) === 0 ? 'beside' : 'crowd'}`
    add(draft, 'crowd', 'NS', server, 300)
    add(draft, server, 'A', `192.0.2.${i}`, 300)
    if (number(2) === 0) add(draft, server, 'AAAA', `2001:db8::${i}`, 300)
  }
}

function addChild(draft: Draft, owner: string, number: Numbers): void {
  // Not always: a child zone without a delegation is found by its name all the same.
  if (number(5) === 0) return
  add(draft, owner, 'NS', `ns0.${owner}`, 300)
  add(draft, `ns0.${owner}`, 'A', '192.0.2.77', 300)
  if (number(2) === 0) add(draft, owner, 'DS', `1 8 1 ${'cd'.repeat(20)}`, 300)
}

function pickOwner(number: Numbers): string {
  const parts = Array.from({ length: 1 + number(3) }, () => labels[number(labels.length)]!)
  // An asterisk is a wildcard at the front; elsewhere it is a rare label like others.
  return parts.map((part, i) => (i > 0 && part === '*' && number(3) > 0 ? 'a' : part)).join('.')
}

function pickTarget(apexes: readonly string[], number: Numbers): string {
  const kind = number(10)
  if (kind < 6) return pickOwner(number).replaceAll('*', 'x')
  if (kind < 8) return `${pickOwner(number).replaceAll('*', 'y')}.${apexes[number(apexes.length)]!}.`
  if (kind === 8) return `${pickOwner(number).replaceAll('*', 'z')}.f${number(12)}.test.`
  return 'www.example.net.'
}

/** Adds a record unless it may not stand there: then a server would refuse the zone. */
function add(draft: Draft, owner: string, type: string, data: string, ttl: number): void {
  const sets = draft.owners.get(owner) ?? new Map<string, Set<string>>()
  const isAlone = type === 'CNAME' ? [...sets.keys()].some((other) => other !== 'CNAME') : sets.has('CNAME')
  if (isAlone || ((type === 'CNAME' || type === 'DNAME') && sets.has(type))) return
  if ((type === 'NS' && sets.has('DNAME')) || (type === 'DNAME' && (sets.has('NS') || owner.startsWith('*')))) return
  if (type === 'DNAME' && (/(^|\.)kid$/.test(owner) || (draft.hasOccluded && draft.apex.startsWith('kid.')))) return
  if (!draft.hasOccluded && owner.endsWith('.kid') && owner !== 'ns0.kid') return
  if (isRedirected(draft, owner) || (type === 'DNAME' && hasBeneath(draft, owner))) return
  const list = sets.get(type) ?? new Set<string>()
  // One TTL for a set (RFC 2181 §5.2).
  const first = [...list][0]
  list.add(`${first === undefined ? ttl : first.split(' ', 1)[0]} ${type} ${data}`)
  sets.set(type, list)
  draft.owners.set(owner, sets)
}

function isRedirected(draft: Draft, owner: string): boolean {
  return [...draft.owners].some(([above, sets]) => sets.has('DNAME') && owner.endsWith(`.${above}`))
}

function hasBeneath(draft: Draft, owner: string): boolean {
  return [...draft.owners.keys()].some((below) => below.endsWith(`.${owner}`))
}

function printZone(draft: Draft): string {
  const lines = ['@ 3600 SOA ns h 1 3600 900 1209600 120', '@ 3600 NS ns', 'ns 3600 A 192.0.2.53']
  for (const [owner, sets] of draft.owners)
    for (const list of sets.values()) for (const record of list) lines.push(`${owner} ${record}`)
  return `${lines.join('\n')}\n`
}

/** The owner, its ancestors, names beneath and beside it. */
function around(owner: string, number: Numbers): string[] {
  const parts = owner.split('.')
  const up = parts.map((_, i) => parts.slice(i).join('.'))
  const random = labels[number(labels.length)]!
  return [...up, `${random}.${owner}`, `x.y.${owner}`, [`n${number(9)}`, ...parts.slice(1)].join('.')]
}
