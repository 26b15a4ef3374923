// The EDNS options of a response as text: "NSID 6e31", "EDE 20 not authoritative for this name".

import { printHex } from '../../src/core/wire/text.ts'
import { decodeWithDns2 } from '../../src/io/ask/decode.ts'

const names: Readonly<Record<number, string>> = { 3: 'NSID', 8: 'ECS', 10: 'COOKIE', 11: 'KEEPALIVE' }

export function optionsOf(response: Uint8Array): string[] {
  const { edns } = decodeWithDns2(response)
  return (edns?.options ?? []).map(({ code, data }) =>
    code === 15
      ? `EDE ${data[0]! * 256 + data[1]!} ${new TextDecoder().decode(data.subarray(2))}`.trimEnd()
      : `${names[code] ?? code} ${printHex(data)}`,
  )
}
