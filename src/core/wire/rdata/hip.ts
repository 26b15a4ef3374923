// HIP: the identity of a host and its rendezvous servers (RFC 8005).

import { hostIdentity, names } from '../field/host-identity.ts'
import { defineType } from '../rdata.ts'

export const HIP = defineType('HIP', 55, {
  identity: hostIdentity(),
  servers: names(),
})
