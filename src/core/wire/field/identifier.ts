// Identifiers of a fixed number of bytes with a spelling of their own: hardware addresses (RFC 7043) and the locators and node
// identifiers of ILNP (RFC 6742).

import { type Field, fixed, ofOneToken } from '../field.ts'
import { printHex } from '../text.ts'
import { hexBytes } from './encoded.ts'

/** A 48-bit hardware address: `00-00-5e-00-53-2a`. */
export function eui48(): Field<Uint8Array> {
  return eui(6, '00-00-5e-00-53-2a')
}

/** A 64-bit hardware address: `00-00-5e-ef-10-00-00-2a`. */
export function eui64(): Field<Uint8Array> {
  return eui(8, '00-00-5e-ef-10-00-00-2a')
}

function eui(length: number, example: string): Field<Uint8Array> {
  const form = new RegExp(`^[0-9a-f]{2}(-[0-9a-f]{2}){${length - 1}}$`, 'i')
  return {
    expects: `${length} bytes such as ${example}`,
    isName: false,
    parse: ofOneToken((text) => (form.test(text) ? hexBytes(text.replaceAll('-', ''))! : `"${text}"`)),
    print: (value) => printHex(value).replaceAll(/..(?=.)/g, '$&-'),
    ...fixed(length),
  }
}

/** 64 bits as four groups of hex digits: `2001:db8:1140:1000`. */
export function locator64(): Field<Uint8Array> {
  return {
    expects: 'four groups of hex digits such as 2001:db8:1140:1000',
    isName: false,
    parse: ofOneToken((text) => {
      if (!/^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){3}$/i.test(text)) return `"${text}"`
      return hexBytes(
        text
          .split(':')
          .map((group) => group.padStart(4, '0'))
          .join(''),
      )!
    }),
    print: (value) => [0, 2, 4, 6].map((at) => ((value[at]! << 8) | value[at + 1]!).toString(16)).join(':'),
    ...fixed(8),
  }
}
