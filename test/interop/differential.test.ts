// NSD, Knot, BIND and we answer the same questions over the same random zones. Where the three agree we say the same; where they
// differ we say what one of them says; what is neither is listed with the words of the RFC, and counted.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Context, openContext } from '../../src/core/answer/context.ts'
import { openNumbers } from '../support/chance.ts'
import { askBytes, makeWorld } from '../support/snapshot.ts'
import { type Case, listed } from './differential/listed.ts'
import { openPeers, type Peer } from './differential/peers.ts'
import { makeQuestion } from './differential/questions.ts'
import { type Part, parts, readResponse, type Response } from './differential/response.ts'
import { makeFamily } from './differential/zones.ts'

/** Others by hand: `DIFFERENTIAL_SEED=7`. */
const SEED = Number(process.env['DIFFERENTIAL_SEED'] ?? 20_261_121)
const FAMILIES = 60
const PAIRS = 40_000
const AT_ONCE = 100

const number = openNumbers(SEED)
const families = Array.from({ length: FAMILIES }, (_, i) => makeFamily(i, number))
const zones = new Map(families.flatMap((family) => [...family.zones]))
const names = [...families.flatMap((family) => family.names), 'test.', 'www.example.net.', '.']
const { bound } = makeWorld({ zones: Object.fromEntries(zones) })

const folder = mkdtempSync(join(tmpdir(), 'meridian-differential-'))
let peers: Peer[] = []

beforeAll(async () => {
  peers = await openPeers(folder, zones)
  process.stderr.write(`differential: ${peers.map(({ version }) => version).join(', ')}\n`)
}, 120_000)

afterAll(async () => {
  await Promise.all(peers.map((peer) => peer.close()))
  rmSync(folder, { recursive: true, force: true })
})

function zoneOf(name: string): string {
  for (let at = name.slice(0, -1); at !== ''; at = at.includes('.') ? at.slice(at.indexOf('.') + 1) : '')
    if (zones.has(at)) return at
  return ''
}

async function askPeer(peer: Peer, question: Uint8Array): Promise<Response> {
  for (let tries = 0; tries < 5; tries++) {
    const reply = await peer.client.ask(question, 1000)
    if (reply) return readResponse(reply.bytes)
  }
  throw new Error(`${peer.name} does not answer ${Buffer.from(question).toString('hex')}`)
}

/** "A security-aware name server SHOULD clear the CD bit when composing an authoritative response" (RFC 4035 §3.1.6): BIND copies it. */
function valueOf(response: Response, part: Part): string {
  return part === 'flags' ? response.flags.replace(' cd', '') : response[part]
}

const udp = openContext(bound, 'udp')
const tcp = openContext(bound, 'tcp')

function askOurs(context: Context, question: Uint8Array): Response {
  return readResponse(askBytes(context, question)!)
}

interface Tally {
  pairs: number
  readonly explained: Map<string, number>
  readonly unexplained: string[]
}

function compare(question: Uint8Array, theirs: readonly Response[], tally: Tally): void {
  const whole = askOurs(tcp, question)
  const ours = askOurs(udp, question)
  tally.pairs++
  for (const part of parts) {
    const values = theirs.map((response) => valueOf(response, part))
    if (values.includes(valueOf(ours, part))) continue
    const found: Case = { part, ours, whole, theirs, ede: udp.ede, zoneOf }
    const reason = listed.find((each) => each.explains(found))
    if (reason) tally.explained.set(reason.name, (tally.explained.get(reason.name) ?? 0) + 1)
    else {
      const said = [ours, ...theirs].map(
        (response, i) => `${i === 0 ? 'Meridian' : peers[i - 1]!.name}: ${JSON.stringify(response)}`,
      )
      tally.unexplained.push(`${part} of ${ours.question}\n${said.join('\n')}`)
    }
  }
}

test(`${PAIRS} questions over ${zones.size} zones: no difference that is not meant`, async () => {
  const tally: Tally = { pairs: 0, explained: new Map(), unexplained: [] }
  const seen = new Map<string, number>()
  for (let i = 0; i < PAIRS; i += AT_ONCE) {
    const questions = Array.from({ length: AT_ONCE }, () => makeQuestion(names, number))
    const answers = await Promise.all(
      questions.map((question) => Promise.all(peers.map((peer) => askPeer(peer, question)))),
    )
    for (const [j, question] of questions.entries()) {
      compare(question, answers[j]!, tally)
      const { rcode, flags } = answers[j]![0]!
      for (const each of [`rcode ${rcode}`, ...flags.split(' ')]) seen.set(each, (seen.get(each) ?? 0) + 1)
    }
  }
  process.stderr.write(
    `differential: ${tally.pairs} pairs, ${[...tally.explained].map(([name, count]) => `${count} × ${name}`).join(', ')}\n`,
  )
  expect(tally.unexplained.slice(0, 5).join('\n\n')).toBe('')
  expect(tally.pairs).toBe(PAIRS)
  // A list that nothing meets any more is to be shortened; few may be excused by it.
  expect([...tally.explained.keys()].sort()).toEqual(listed.map(({ name }) => name).sort())
  // The questions have to get everywhere, or the run says little.
  for (const each of ['rcode 0', 'rcode 3', 'rcode 5', 'rcode 16', 'aa', 'tc', 'rd'])
    expect([each, (seen.get(each) ?? 0) > PAIRS / 2000]).toEqual([each, true])
}, 90_000)
