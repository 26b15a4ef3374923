// EDNS options (RFC 6891 §6.1.2), Client Subnet (RFC 7871 §6) and Extended DNS Errors (RFC 8914 §2) among them.
// Read here and not by dns2, which drops every option but those two.

import { maskBytes } from '../../core/base/address.ts'
import { EdnsOption } from '../../core/wire/message.ts'
import type { AskedEdns, AskedSubnet } from './asked.ts'
import { u16 } from './walk.ts'

type Options = Pick<AskedEdns, 'options' | 'subnet' | 'extendedErrors'>

export function readOptions(data: Uint8Array, problems: string[]): Options {
  const options: { code: number; data: Uint8Array }[] = []
  const extendedErrors: { code: number; text: string }[] = []
  let subnet: AskedSubnet | undefined
  for (let at = 0; at < data.length; ) {
    const end = at + 4 <= data.length ? at + 4 + u16(data, at + 2) : Number.POSITIVE_INFINITY
    if (end > data.length) {
      problems.push(`EDNS options end in the middle of one, at byte ${at} of ${data.length}`)
      break
    }
    const code = u16(data, at)
    const body = data.subarray(at + 4, end)
    options.push({ code, data: body })
    if (code === EdnsOption.clientSubnet) subnet ??= readSubnet(body, problems)
    else if (code === EdnsOption.extendedError) {
      if (body.length < 2) problems.push(`Extended DNS Error: ${body.length} bytes, fewer than 2`)
      else extendedErrors.push({ code: u16(body, 0), text: new TextDecoder().decode(body.subarray(2)) })
    }
    at = end
  }
  return { options, extendedErrors, ...(subnet && { subnet }) }
}

function readSubnet(body: Uint8Array, problems: string[]): AskedSubnet | undefined {
  const complain = (what: string): undefined => void problems.push(`Client Subnet: ${what}`)
  if (body.length < 4) return complain(`${body.length} bytes, fewer than 4`)
  const number = u16(body, 0)
  if (number !== 1 && number !== 2) return complain(`the address family ${number}`)
  const family = number === 1 ? 4 : 6
  const [length, scope] = [body[2]!, body[3]!]
  const bytes = new Uint8Array(family === 4 ? 4 : 16)
  const most = bytes.length * 8
  if (length > most || scope > most) return complain(`prefix ${length} and scope ${scope}, of ${most} bits`)
  const size = Math.ceil(length / 8)
  if (body.length - 4 !== size) return complain(`${body.length - 4} bytes of address for a prefix of ${length} bits`)
  bytes.set(body.subarray(4))
  if (maskBytes(bytes, length).some((byte, i) => byte !== bytes[i]))
    return complain(`bits beyond the prefix of ${length} bits`)
  return { prefix: { family, bytes, length }, scope }
}
