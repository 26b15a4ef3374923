// A response as text that can be compared: sections as sets, names in small letters, since servers may answer with either case.

import { Layout } from '../../../src/core/wire/rdata.ts'
import { layoutOf, typeName } from '../../../src/core/wire/rdata/index.ts'
import { lowerName, printName } from '../../../src/core/wire/name.ts'
import { printHex } from '../../../src/core/wire/text.ts'
import { readName } from '../../../src/io/ask/walk.ts'

export const parts = ['rcode', 'flags', 'question', 'answer', 'authority', 'additional', 'edns'] as const
export type Part = (typeof parts)[number]
export type Response = Readonly<Record<Part, string>>

const flagNames: readonly (readonly [number, string])[] = [
  [0x8000, 'qr'],
  [0x0400, 'aa'],
  [0x0200, 'tc'],
  [0x0100, 'rd'],
  [0x0080, 'ra'],
  [0x0040, 'z'],
  [0x0020, 'ad'],
  [0x0010, 'cd'],
]

export function readResponse(bytes: Uint8Array): Response {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const flags = view.getUint16(2)
  let at = 12
  let question = ''
  for (let i = view.getUint16(4); i > 0; i--) {
    const name = nameAt(bytes, at)
    question += `${name.text} ${typeName(view.getUint16(name.end))} ${view.getUint16(name.end + 2)}`
    at = name.end + 4
  }
  let edns = 'none'
  let high = 0
  const sections = [6, 8, 10].map((count) => {
    const records = new Set<string>()
    for (let i = view.getUint16(count); i > 0; i--) {
      const owner = nameAt(bytes, at)
      const type = view.getUint16(owner.end)
      const end = owner.end + 10 + view.getUint16(owner.end + 8)
      if (type === 41) {
        high = bytes[owner.end + 4]!
        edns = `version ${bytes[owner.end + 5]}${bytes[owner.end + 6]! & 0x80 ? ' do' : ''}`
      } else
        records.add(
          `${owner.text} ${view.getUint32(owner.end + 4)} ${typeName(type)} ${dataAt(bytes, owner.end + 10, end, type)}`,
        )
      at = end
    }
    return [...records].sort().join('\n')
  })
  const [answer = '', authority = '', additional = ''] = sections
  return {
    rcode: String((high << 4) | (flags & 15)),
    flags: flagNames.flatMap(([bit, name]) => (flags & bit ? [name] : [])).join(' '),
    question,
    answer,
    authority,
    additional,
    edns,
  }
}

function nameAt(bytes: Uint8Array, at: number): { text: string; end: number } {
  const read = readName(bytes, at)
  if (!read) throw new Error(`no name at ${at}`)
  return { text: printName(lowerName(read.name)), end: read.end }
}

function dataAt(bytes: Uint8Array, start: number, end: number, type: number): string {
  const layout = type === 39 ? Layout.name : layoutOf(type)
  let at = layout === Layout.u16Name ? start + 2 : start
  const names: string[] = []
  for (let left = layout === Layout.none ? 0 : layout === Layout.twoNames ? 2 : 1; left > 0; left--) {
    const name = nameAt(bytes, at)
    names.push(name.text)
    at = name.end
  }
  const head = layout === Layout.u16Name ? [printHex(bytes.subarray(start, start + 2))] : []
  return [...head, ...names, printHex(bytes.subarray(at, end))].join(' ').trim()
}
