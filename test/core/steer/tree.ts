// A steering tree compiled from text and asked directly: no zone, no packet, and dice that the test holds.

import { openToldTree, type ToldNode } from '../../../src/core/answer/told-tree.ts'
import { parseAddress, parsePrefix } from '../../../src/core/base/address.ts'
import { openPlaces } from '../../../src/core/geo/compile-places.ts'
import { unitVector } from '../../../src/core/geo/distance.ts'
import { compileGroups } from '../../../src/core/geo/groups.ts'
import { networksConfig } from '../../../src/core/geo/networks.ts'
import { bindPlaces, findPlace } from '../../../src/core/geo/places.ts'
import {
  bindBoard,
  CELLS_AT,
  createBoard,
  DOWN,
  NO_ROW,
  UNKNOWN,
  UP,
  writeFade,
  writeLoad,
  writeState,
  writeVantageLatency,
} from '../../../src/core/health/board.ts'
import {
  checkServices,
  compileSteering,
  HeaderField,
  ServiceField,
  ServiceFlag,
  SERVICES_AT,
  type SteerFinding,
  type SteerNames,
} from '../../../src/core/steer/compile.ts'
import { branchConfig, openAsking, openTreatment, pickRoot } from '../../../src/core/steer/index.ts'
import { type Asking, type Branch, Outcome } from '../../../src/core/steer/policy.ts'
import { settle } from '../../../src/core/steer/settle.ts'

export type State = 'up' | 'down' | 'unknown' | 'drained' | 'down drained'

export interface TargetText {
  readonly address: string
  readonly weight?: number
  /** By default up; nothing at all checks a target without a row. */
  readonly state?: State | 'unchecked'
  /** Per mille of its weight that is in effect. */
  readonly fade?: number
  /** A record of another type: `address` is then only what it is called. */
  readonly type?: number
  /** Up while the addresses of its pool are. */
  readonly follows?: boolean
  /** Per mille of its capacity. */
  readonly load?: number
  /** Milliseconds, by vantage region. */
  readonly latency?: readonly (number | undefined)[]
}

export interface PoolText {
  readonly at?: readonly [lat: number, lon: number]
  readonly answers?: number
  /** Per mille. */
  readonly minHealthy?: number
  readonly capacity?: number
  readonly targets: readonly TargetText[]
}

export interface TreeText {
  readonly pools: Readonly<Record<string, PoolText>>
  readonly services?: Readonly<Record<string, Branch>>
  readonly steer: Branch
  /** How many vantage regions there are. */
  readonly vantages?: number
}

/** What is known of the clients of the tests: own networks say where they are. */
const networks = [
  { cidr: '20.0.0.0/8', name: 'corp', country: 'DE', at: { lat: 52, lon: 10 } },
  { cidr: '20.1.0.0/16', name: 'office', subdivision: 'FR-IDF', asn: 64_500, at: { lat: 48.8, lon: 2.3 } },
  { cidr: '20.2.0.0/16', subdivision: 'US-CA', at: { lat: 37, lon: -122 } },
  { cidr: '20.2.1.0/24', asn: 64_501 },
  { cidr: '20.1.1.0/24', name: 'desk' },
  { cidr: '30.0.0.0/8', country: 'CA', asn: 64_500, at: { lat: 56, lon: -106 } },
  { cidr: '30.1.0.0/16', subdivision: 'CA-QC', at: { lat: 46.8, lon: -71.2 } },
  { cidr: '40.0.0.0/8', country: 'JP', at: { lat: 35.7, lon: 139.7 } },
  { cidr: '60.0.0.0/8', name: 'lonely' },
  { cidr: '70.0.0.0/8', asn: 64_502 },
]

export interface Client {
  readonly address: string
  /** Innermost first. */
  readonly networks: readonly string[]
  readonly asn?: number
  readonly subdivision?: string
  readonly country?: string
  readonly continent?: string
  readonly at?: readonly [lat: number, lon: number]
}

/** The same once more, as a person would read it from the list above. */
export const clients: readonly Client[] = [
  { address: '20.9.9.9', networks: ['corp'], country: 'DE', continent: 'EU', at: [52, 10] },
  {
    address: '20.1.0.1',
    networks: ['office', 'corp'],
    asn: 64_500,
    subdivision: 'FR-IDF',
    country: 'FR',
    continent: 'EU',
    at: [48.8, 2.3],
  },
  {
    address: '20.1.1.1',
    networks: ['desk', 'office', 'corp'],
    asn: 64_500,
    subdivision: 'FR-IDF',
    country: 'FR',
    continent: 'EU',
    at: [48.8, 2.3],
  },
  { address: '20.2.0.1', networks: ['corp'], subdivision: 'US-CA', country: 'US', continent: 'NA', at: [37, -122] },
  {
    address: '20.2.1.1',
    networks: ['corp'],
    asn: 64_501,
    subdivision: 'US-CA',
    country: 'US',
    continent: 'NA',
    at: [37, -122],
  },
  { address: '30.9.9.9', networks: [], asn: 64_500, country: 'CA', continent: 'NA', at: [56, -106] },
  {
    address: '30.1.0.1',
    networks: [],
    asn: 64_500,
    subdivision: 'CA-QC',
    country: 'CA',
    continent: 'NA',
    at: [46.8, -71.2],
  },
  { address: '40.0.0.1', networks: [], country: 'JP', continent: 'AS', at: [35.7, 139.7] },
  { address: '60.0.0.1', networks: ['lonely'] },
  { address: '70.0.0.1', networks: [], asn: 64_502 },
  { address: '9.9.9.9', networks: [] },
]

/** Prefixes that conditions of the tests may name. */
const cidrs = ['20.1.0.0/16', '20.1.1.0/25', '30.0.0.0/9', '192.168.0.0/16']
const groups = compileGroups(
  {
    dach: ['country DE', 'country AT', 'country CH'],
    big: ['group dach', 'continent NA', 'network lonely'],
    cafe: ['cidr 20.1.1.0/25', 'asn 64502'],
  },
  () => true,
)
const opened = openPlaces([], networksConfig.parse({ networks }).networks)
for (const text of cidrs) opened.numbers.cidr(parsePrefix(text)!)
/** Two vantage regions: 0 in Frankfurt, 1 in Virginia. */
const vantages = [unitVector(50.1, 8.7), unitVector(39, -77.5)].map(({ x, y, z }) => [x, y, z] as const)
const compiled = opened.compile(vantages)
const places = bindPlaces(compiled.image)
export const geoNames = {
  ...opened.numbers,
  group: (name: string) => groups.members.get(name),
  groupNames: () => [...groups.members.keys()],
}

export interface Tree {
  readonly findings: readonly SteerFinding[]
  readonly names: SteerNames
  readonly words: Uint32Array
  readonly asking: Asking
  readonly root: number
  readonly usesPlace: boolean
  readonly usesBucket: boolean
  /** The word of the draw last made, and how many there were. */
  readonly drawn: { node: number; total: number }[]
}

/** `draw` gets each total and says what falls; by default the first. `bucket` gets a key. */
export function makeTree(
  text: TreeText,
  draw: (total: number) => number = () => 0,
  bucket: (key: number) => number = () => 0.5,
): Tree {
  const services = new Map(
    Object.entries({ ...text.services, root: text.steer }).map(([name, steer]) => [name, service(name, steer)]),
  )
  const states: TargetText[] = []
  const pools = new Map(Object.entries(text.pools).map(([name, pool]) => [name, planPool(name, pool, states)]))
  const mistakes = checkServices(services, pools)
  const { table, names, findings } = compileSteering({
    zone: 'example.com',
    pools,
    services,
    roots: ['root'],
    geo: { ...geoNames, vantages: text.vantages ?? 0 },
  })
  const board = bindBoard(createBoard(states.length, text.vantages ?? 0, new Uint32Array(table)[HeaderField.cells]))
  for (const [row, { state = 'up', fade }] of states.entries()) {
    const [first, drained] = state.split(' ')
    const verdict = first === 'down' ? DOWN : first === 'unknown' ? UNKNOWN : UP
    writeState(board, row, verdict, first === 'drained' || drained === 'drained')
    if (fade !== undefined) writeFade(board, row, fade)
    writeReports(board, row, states[row]!)
  }
  const drawn: { node: number; total: number }[] = []
  const asking = openAsking(
    places,
    (node, total) => {
      drawn.push({ node, total })
      return draw(total)
    },
    bucket,
  )
  asking.table = new Uint32Array(table)
  asking.floats = new Float32Array(table)
  asking.board = board
  asking.cells = board[CELLS_AT]!
  asking.type = 1
  const record = asking.table.subarray(SERVICES_AT)
  const root = record[ServiceField.root]!
  const flags = record[ServiceField.flags]!
  return {
    findings: [...mistakes, ...findings],
    names,
    words: asking.table,
    asking,
    root,
    usesPlace: (flags & ServiceFlag.usesPlace) !== 0,
    usesBucket: (flags & ServiceFlag.usesBucket) !== 0,
    drawn,
  }
}

/** What is reported of a target, onto the board. */
export function writeReports(board: Int32Array, row: number, { load, latency = [] }: TargetText): void {
  writeLoad(board, row, load)
  for (const [vantage, ms] of latency.entries()) writeVantageLatency(board, row, vantage, ms)
}

/** What the policies say from now on. */
export function listen({ asking, names }: Tree): string[] {
  const said: string[] = []
  asking.trace = {
    say: (_, text) => void said.push(text),
    nameOf: (node) => names.nodes.get(node) ?? `node ${node}`,
    targetName: (target) => names.targets.get(target)?.text ?? '',
    targetState: () => 'in some state',
    vantageName: String,
    describePlace: () => '',
    networkName: () => '',
    depth: 0,
    enter: () => undefined,
    out: () => undefined,
    leave: () => undefined,
  }
  return said
}

/** What every node had to choose from and chose, from now on. */
export function listenToTree(tree: Tree): readonly ToldNode[] {
  listen(tree)
  const trace = tree.asking.trace!
  const { nodes, ...told } = openToldTree(
    trace.nameOf,
    () => trace.depth,
    () => undefined,
  )
  Object.assign(trace, told)
  return nodes
}

/** Lets the policies look at the board, as the main thread does once a second. */
export function settleTree({ asking: { table, floats, board } }: Tree, nowSec: number): void {
  settle(table, floats, places, board, 0, nowSec)
}

/** How the clients of an address are treated: words that are equal for those who are treated alike. */
export function treatmentOf({ asking, root }: Tree, client: string): { words: readonly number[]; hasBucket: boolean } {
  const treatment = openTreatment(asking.table, asking.floats, places)
  treatment.place = placeIn(client)
  treatment.treat(root)
  return treatment
}

export function placeIn(client: string): number {
  const found = { value: 0, length: 0 }
  findPlace(places, 4, parseAddress(client)!.bytes, 0, found)
  return found.value
}

function service(name: string, steer: Branch) {
  return {
    name,
    ttlSec: 30,
    minTtlSec: 10,
    steer: branchConfig.parse(steer),
    origin: { document: 0, path: ['services', name] },
  }
}

function planPool(name: string, pool: PoolText, states: TargetText[]) {
  const at = pool.at && unitVector(...pool.at)
  return {
    name,
    region: undefined,
    at: at && ([at.x, at.y, at.z] as const),
    answers: pool.answers,
    minHealthy: pool.minHealthy ?? 500,
    capacity: pool.capacity ?? 0,
    origin: { document: 0, path: ['pools', name] },
    targets: pool.targets.map((target) => {
      const row = target.state === 'unchecked' ? NO_ROW : states.push(target) - 1
      const { follows, weight = 1, address: text } = target
      const type = target.type ?? (text.includes(':') ? 28 : 1)
      const rdata = parseAddress(text)?.bytes ?? new TextEncoder().encode(text)
      return { text, type, rdata, weight, row, ...(follows && { follows }) }
    }),
  }
}

export interface Picked {
  /** Whether a branch was usable; otherwise the targets are all that there are. */
  readonly isUsable: boolean
  readonly targets: readonly string[]
  /** The pool that is counted, "" where none. */
  readonly pool: string
}

/** Asks for a client, and gathers as the answer does when nothing is usable. */
export function pick(tree: Tree, type = 1, client = '9.9.9.9'): Picked {
  const { asking, names } = tree
  asking.place = placeIn(client)
  asking.vantage = places.vantage[asking.place]! - 1
  asking.type = type
  asking.chosenCount = 0
  asking.slot = -1
  asking.changesSec = 0
  asking.followed = -1
  const isUsable = pickRoot(asking, tree.root) === Outcome.found
  if (!isUsable) {
    for (const withDrained of [false, true]) {
      asking.withDrained = withDrained
      if (asking.chosenCount === 0) asking.gather(tree.root)
    }
  }
  const targets = [...asking.chosen.subarray(0, asking.chosenCount)].map((target) => names.targets.get(target)!.text)
  return { isUsable, targets, pool: names.slots[asking.slot]?.pool ?? '' }
}
