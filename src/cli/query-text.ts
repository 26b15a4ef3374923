// What `meridian query` prints: the layout of a master file with remarks after `;`, as dig has it but shorter; or JSON.

import { printEndpoint, printPrefix } from '../core/base/address.ts'
import type { Answered, AskedEdns, AskedQuestion, AskedRecord } from '../io/ask/asked.ts'
import { printClass, printExtendedError, printRcode, printType } from '../io/ask/mnemonic.ts'
import { printTable } from './table.ts'

export function printAnswered(answered: Answered): string {
  const { answer, authority, additional, edns, problems, question, server, size, tookMs, transport } = answered
  const widths = [answer, authority, additional].flat()
  const head = [`;; ${printRcode(answered.rcode)}, ${flagsText(answered)}, id ${answered.id}`]
  if (edns) head.push(...ednsLines(edns).map((line) => `;; ${line}`))
  head.push(...problems.map((problem) => `;; problem: ${problem}`))
  const asked = question.map((q) => [';' + q.name, ...kindOf(q)].join('  '))
  const parts = [head.join('\n'), section('question', asked)]
  const lines = printTable(widths.map((r) => [r.name, String(r.ttlSec), ...kindOf(r), r.data])).split('\n')
  let from = 0
  for (const [title, records] of [
    ['answer', answer],
    ['authority', authority],
    ['additional', additional],
  ] as const) {
    if (records.length > 0) parts.push(section(title, lines.slice(from, from + records.length)))
    from += records.length
  }
  parts.push(`;; ${printEndpoint(server)} over ${transport.toUpperCase()}, ${tookMs.toFixed(1)} ms, ${size} bytes`)
  return parts.join('\n\n')
}

export function printAnsweredJson(answered: Answered): string {
  const { edns, flags, id, opcode, problems, rcode, server, size, tookMs, transport } = answered
  const document = {
    server: printEndpoint(server),
    transport,
    tookMs: Math.round(tookMs * 1000) / 1000,
    size,
    id,
    opcode,
    rcode,
    status: printRcode(rcode),
    flags,
    question: answered.question.map(questionJson),
    answer: answered.answer.map(recordJson),
    authority: answered.authority.map(recordJson),
    additional: answered.additional.map(recordJson),
    edns: edns && ednsJson(edns),
    problems,
  }
  return JSON.stringify(document, undefined, 2)
}

function section(title: string, lines: readonly string[]): string {
  return [`;; ${title}`, ...lines].join('\n')
}

function kindOf({ class: qclass, type }: AskedQuestion): [string, string] {
  return [printClass(qclass), printType(type)]
}

function flagsText({ flags, opcode }: Answered): string {
  const set = Object.entries(flags)
    .filter(([, isSet]) => isSet)
    .map(([name]) => name)
  return `flags ${set.join(' ') || 'none'}${opcode === 0 ? '' : `, opcode ${opcode}`}`
}

function ednsLines({ dnssecOk, extendedErrors, options, subnet, udpSize, version }: AskedEdns): string[] {
  const parts = [`edns ${version}, udp ${udpSize}`]
  if (dnssecOk) parts.push('do')
  if (subnet) parts.push(`subnet ${printPrefix(subnet.prefix)} scope ${subnet.scope}`)
  const others = options.filter(({ code }) => !isShown(code))
  const more = others.map(({ code, data }) => `edns option ${code}: ${Buffer.from(data).toString('hex') || 'empty'}`)
  const errors = extendedErrors.map(
    ({ code, text }) => `extended error ${code} ${printExtendedError(code)}: ${JSON.stringify(text)}`,
  )
  return [parts.join(', '), ...errors, ...more]
}

/** Client Subnet and Extended DNS Error have words of their own. */
function isShown(code: number): boolean {
  return code === 8 || code === 15
}

function questionJson(question: AskedQuestion) {
  const [qclass, type] = kindOf(question)
  return { name: question.name, class: qclass, type }
}

function recordJson(record: AskedRecord) {
  return { ...questionJson(record), ttl: record.ttlSec, data: record.data }
}

function ednsJson({ dnssecOk, extendedErrors, options, subnet, udpSize, version }: AskedEdns) {
  return {
    version,
    udpSize,
    dnssecOk,
    subnet: subnet && { prefix: printPrefix(subnet.prefix), scope: subnet.scope },
    extendedErrors,
    options: options.map(({ code, data }) => ({ code, data: Buffer.from(data).toString('hex') })),
  }
}
