// One question as a message (RFC 1035 §4.1, RFC 6891 §6.1, RFC 7871 §6). dns2 writes header and OPT; the name is ours because
// dns2 knows no escapes, and the subnet is filled in by hand because its constructor takes every prefix for IPv4.

import DNS from 'dns2'
import type { Prefix } from '../../core/base/address.ts'
import { EdnsOption } from '../../core/wire/message.ts'

export interface Encoding {
  readonly id: number
  /** Wire form. */
  readonly name: Uint8Array
  readonly type: number
  /** 0 asks without EDNS. */
  readonly udpSize: number
  readonly subnet?: Prefix | undefined
  /** RD: for a resolver. */
  readonly recursive?: boolean | undefined
}

const IN = 1

export function encodeQuestion({ id, name, type, udpSize, subnet, recursive = false }: Encoding): Uint8Array {
  if (udpSize === 0 && subnet) throw new RangeError('a subnet travels in EDNS, so the UDP size cannot be 0')
  const { EDNS } = DNS.Packet.Resource
  const writer = new DNS.Packet.Writer()
  // An authoritative server does not recurse.
  new DNS.Packet.Header({ id, rd: recursive ? 1 : 0, qdcount: 1, arcount: udpSize > 0 ? 1 : 0 }).toBuffer(writer)
  for (const byte of name) writer.write(byte, 8)
  writer.write(type, 16)
  writer.write(IN, 16)
  if (udpSize > 0) DNS.Packet.Resource.encode(EDNS(subnet ? [ecs(subnet)] : [], { udpPayloadSize: udpSize }), writer)
  return writer.toBuffer()
}

function ecs({ family, bytes, length }: Prefix): DNS.Packet.EcsOption {
  return {
    ednsCode: EdnsOption.clientSubnet,
    family: family === 4 ? 1 : 2,
    sourcePrefixLength: length,
    scopePrefixLength: 0,
    ip: family === 4 ? bytes.join('.') : groups(bytes).join(':'),
  }
}

/** All eight groups in hex: dns2 misreads `::ffff:192.0.2.1`. */
function groups(bytes: Uint8Array): string[] {
  return Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16))
}
