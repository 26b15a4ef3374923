// MX: where mail for a name goes (RFC 1035 §3.3.9). The exchange "." says that there is no mail (RFC 7505).

import { name, u16 } from '../field.ts'
import { defineType } from '../rdata.ts'

export const MX = defineType('MX', 15, {
  preference: u16(),
  exchange: name(),
})
