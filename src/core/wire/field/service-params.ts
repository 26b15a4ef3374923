// The parameters of SVCB and HTTPS (RFC 9460 §2): `alpn=h2,h3 port=8443` in any order, on the wire in the order of their keys.
// Bytes in another order are malformed, as are values that are not those of their key.

import type { Field, WireCursor } from '../field.ts'
import { parseText, printText, showToken, type Token } from '../text.ts'
import {
  isNumbered,
  isServiceKey,
  parseServiceKey,
  printServiceKey,
  serviceKeyHint,
  serviceValue,
} from './service-value.ts'

export interface ServiceParam {
  readonly key: number
  /** In wire form. */
  readonly value: Uint8Array
}

/** To the end; ascending by key. */
export function serviceParams(): Field<readonly ServiceParam[]> {
  return {
    expects: 'parameters such as alpn=h2,h3 port=8443, each once',
    isName: false,
    parse(from) {
      const params: ServiceParam[] = []
      for (; from.at < from.tokens.length; from.at++) {
        const param = parseParam(from.tokens[from.at]!)
        if (typeof param === 'string') return param
        if (params.some(({ key }) => key === param.key)) return `${printServiceKey(param.key)} again`
        params.push(param)
      }
      return params.sort((a, b) => a.key - b.key)
    },
    print: (params) => params.map(printParam).join(' '),
    read(from) {
      const params: ServiceParam[] = []
      while (from.at < from.bytes.length) {
        const param = readParam(from)
        if (param === undefined || param.key <= (params.at(-1)?.key ?? -1)) return undefined
        params.push(param)
      }
      return params
    },
    size: (params) => params.reduce((sum, { value }) => sum + 4 + value.length, 0),
    write(params, out, at) {
      let next = at
      for (const { key, value } of params) {
        out.set([key >> 8, key, value.length >> 8, value.length], next)
        out.set(value, next + 4)
        next += 4 + value.length
      }
    },
  }
}

function parseParam(token: Token): ServiceParam | string {
  if (token.isQuoted) return showToken(token)
  const equals = token.text.indexOf('=')
  const keyText = equals < 0 ? token.text : token.text.slice(0, equals)
  const key = parseServiceKey(keyText)
  if (key < 0) return `the unknown key ${showToken({ ...token, text: keyText })}${serviceKeyHint(keyText)}`
  const text = parseText(equals < 0 ? '' : unquote(token.text.slice(equals + 1)))
  if (typeof text === 'string') return text
  const form = serviceValue(key)
  const value = isNumbered(keyText) ? text : form.parse(text)
  if (value === undefined || !form.check(value)) return `${showToken(token)}, which ${form.needs}`
  return { key, value }
}

function unquote(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}

function printParam({ key, value }: ServiceParam): string {
  const form = serviceValue(key)
  const text = form.print(value)
  if (text.length === 0) return form.name
  const quoted = printText(text)
  const plain = quoted.slice(1, -1)
  return `${form.name}=${/^[\w,.:+/=-]*$/.test(plain) ? plain : quoted}`
}

function readParam(from: WireCursor): ServiceParam | undefined {
  const { bytes, at } = from
  if (at + 4 > bytes.length) return undefined
  const key = bytes[at]! * 256 + bytes[at + 1]!
  const end = at + 4 + bytes[at + 2]! * 256 + bytes[at + 3]!
  if (end > bytes.length || !isServiceKey(key)) return undefined
  const value = bytes.subarray(at + 4, end)
  if (!serviceValue(key).check(value)) return undefined
  from.at = end
  return { key, value }
}
