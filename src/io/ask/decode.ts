// Decoding a message with dns2 (RFC 1035 §4.1): an independent reader, for the query command and as the tests' oracle.
// dns2 decodes; walk.ts supplies the bytes of what it loses on the way, and the two must read the same names.

import DNS from 'dns2'
import { Failure } from '../../core/base/failure.ts'
import { printName } from '../../core/wire/name.ts'
import type { Asked, AskedEdns, AskedQuestion, AskedRecord } from './asked.ts'
import { readOptions } from './options.ts'
import { printRdata } from './rdata-text.ts'
import { printSameName } from './same-name.ts'
import { type Walk, type WalkedQuestion, type WalkedRecord, walkMessage } from './walk.ts'

const OPT = 41

type Section = 'answers' | 'authorities' | 'additionals'

interface Decoding {
  readonly bytes: Uint8Array
  readonly packet: DNS.Packet
  readonly walk: Walk
  readonly problems: string[]
}

/** Throws Failure 'ask-garbled' where there is no message to speak of; lesser faults are in `problems`. */
export function decodeWithDns2(message: Uint8Array): Asked {
  const bytes = Buffer.from(message) // a copy: the caller may reuse its buffer
  const walk = walkMessage(bytes)
  if (typeof walk === 'string') throw new Failure('ask-garbled', `not a DNS message: ${walk}`)
  const packet = DNS.Packet.parse(bytes)
  const lost = packet.errors.find((error) => !error.recovered)
  if (lost) throw new Failure('ask-garbled', `not a DNS message: ${lost.message}`, lost)
  // An OPT is read by options.ts: dns2 runs past a Client Subnet of an odd number of bytes, such as an IPv6 /56.
  const errors = packet.errors.filter(
    ({ section, index }) => section !== 'additionals' || walk.additionals[index!]!.type !== OPT,
  )
  const decoding: Decoding = { bytes, packet, walk, problems: errors.map((error) => error.message) }
  const question = readQuestions(decoding)
  const answer = readSection(decoding, 'answers')
  const authority = readSection(decoding, 'authorities')
  const additional = readSection(decoding, 'additionals')
  const opts = walk.additionals.filter(({ type }) => type === OPT)
  if (opts.length > 1) decoding.problems.push(`${opts.length} OPT records (RFC 6891 §6.1.1 allows one)`)
  if (walk.trailing > 0) decoding.problems.push(`${walk.trailing} bytes after the last record`)
  const edns = opts[0] && readEdns(opts[0], decoding.problems)
  return {
    ...readHeader(packet.header, opts[0]),
    question,
    answer,
    authority,
    additional,
    ...(edns && { edns }),
    problems: decoding.problems,
    size: bytes.length,
  }
}

function readHeader(
  header: DNS.Packet.Header,
  opt: WalkedRecord | undefined,
): Pick<Asked, 'id' | 'opcode' | 'rcode' | 'flags'> {
  // dns2's types do not know of AD and CD, which it reads.
  const { id, opcode, rcode, qr, aa, tc, rd, ra, ad, cd } = header as DNS.Packet.Header & { ad: 0 | 1; cd: 0 | 1 }
  return {
    id,
    opcode,
    rcode: (rcode & 15) | ((opt ? opt.ttl >>> 24 : 0) << 4),
    flags: { qr: qr === 1, aa: aa === 1, tc: tc === 1, rd: rd === 1, ra: ra === 1, ad: ad === 1, cd: cd === 1 },
  }
}

function readQuestions({ packet, walk, problems }: Decoding): AskedQuestion[] {
  return walk.question.map((walked, i) => readOwner(walked, packet.questions[i]!, problems))
}

function readSection({ bytes, packet, walk, problems }: Decoding, section: Section): AskedRecord[] {
  const records: AskedRecord[] = []
  let decoded = 0
  for (const [index, walked] of walk[section].entries()) {
    // dns2 leaves out the records whose rdata it could not decode.
    const wrong = packet.errors.some((error) => error.section === section && error.index === index)
    const resource = wrong ? undefined : packet[section][decoded++]
    if (walked.type === OPT && section === 'additionals') continue
    const owner = resource
      ? readOwner(walked, resource, problems)
      : { name: printName(walked.name), type: walked.type, class: walked.class }
    records.push({ ...owner, ttlSec: resource?.ttl ?? walked.ttl, data: printRdata(bytes, walked, resource, problems) })
  }
  return records
}

/** The name is ours, for its escapes; dns2 must have read the same labels. */
function readOwner(
  walked: WalkedQuestion,
  decoded: { name: string; type: number; class: number },
  problems: string[],
): AskedQuestion {
  const { type, class: qclass } = decoded
  return { name: printSameName(walked.name, decoded.name, problems), type, class: qclass }
}

function readEdns(opt: WalkedRecord, problems: string[]): AskedEdns {
  return {
    udpSize: opt.class,
    version: (opt.ttl >>> 16) & 255,
    dnssecOk: (opt.ttl & 0x8000) !== 0,
    ...readOptions(opt.data, problems),
  }
}
