// HTTPS: SVCB for web servers (RFC 9460 §9).

import { name, u16 } from '../field.ts'
import { serviceParams } from '../field/service-params.ts'
import { defineType } from '../rdata.ts'
import { checkService } from './svcb.ts'

export const HTTPS = defineType('HTTPS', 65, { priority: u16(), target: name(), params: serviceParams() }, checkService)
