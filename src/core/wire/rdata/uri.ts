// URI: where a service is, as a whole URI (RFC 7553). It has no length byte: it fills the rdata.

import { u16 } from '../field.ts'
import { restString } from '../field/string.ts'
import { defineType } from '../rdata.ts'

export const URI = defineType('URI', 256, { priority: u16(), weight: u16(), target: restString() }, ({ target }) =>
  target.length > 0 ? undefined : { at: 'target', expected: 'a URI', found: 'an empty string' },
)
