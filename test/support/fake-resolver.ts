// A resolver on loopback that knows what a test tells it, and can fall silent.

import { parseAddress } from '../../src/core/base/address.ts'
import { printName } from '../../src/core/wire/name.ts'
import { readName } from '../../src/io/ask/walk.ts'
import { type FakeServer, openFakeServer } from '../io/ask/fake-server.ts'
import { buildMessage, type TestRecord, wire } from '../io/ask/message.ts'

export interface FakeResolver {
  readonly server: FakeServer
  readonly address: string
  /** `cdn.example.net.` → addresses, or the name it is a CNAME for; a name that is not here does not exist. */
  readonly known: Map<string, readonly string[] | string>
  mode: 'answers' | 'silent' | 'SERVFAIL'
  ttl: number
  /** Questions so far, as "A cdn.example.net.". */
  asked(): string[]
}

export async function openFakeResolver(
  known: Readonly<Record<string, readonly string[] | string>>,
): Promise<FakeResolver> {
  const asked: string[] = []
  const server = await openFakeServer((query) => {
    const { name, end } = readName(query, 12)!
    const type = query.readUInt16BE(end)
    const text = printName(name).toLowerCase()
    asked.push(`${type === 28 ? 'AAAA' : 'A'} ${text}`)
    if (resolver.mode === 'silent') return []
    return [respond(resolver, query.readUInt16BE(0), text, type)]
  })
  const resolver: FakeResolver = {
    server,
    address: `${server.endpoint.address}:${server.endpoint.port}`,
    known: new Map(Object.entries(known)),
    mode: 'answers',
    ttl: 60,
    asked: () => asked,
  }
  return resolver
}

/** Says that an absence is kept as long as an answer. */
function soa(ttl: number): Uint8Array {
  return Uint8Array.from([...wire('ns.net.'), ...wire('host.net.'), ...new Uint8Array(19), ttl])
}

function respond({ known, mode, ttl }: FakeResolver, id: number, name: string, type: number): Uint8Array {
  const question = { name, type }
  if (mode === 'SERVFAIL') return buildMessage({ id, flags: 0x8182, question })
  const answer: TestRecord[] = []
  let at = name
  for (let next = known.get(at); typeof next === 'string'; next = known.get(at)) {
    answer.push({ name: at, type: 5, ttl, data: wire(next) })
    at = next
  }
  const addresses = known.get(at)
  for (const text of (addresses as readonly string[] | undefined) ?? []) {
    const { family, bytes } = parseAddress(text)!
    if ((family === 4 ? 1 : 28) === type) answer.push({ name: at, type, ttl, data: bytes })
  }
  const isEmpty = !answer.some((record) => record.type === type)
  const authority = isEmpty ? [{ name: 'net.', type: 6, ttl, data: soa(ttl) }] : []
  return buildMessage({ id, flags: addresses === undefined ? 0x8183 : 0x8180, question, answer, authority })
}
