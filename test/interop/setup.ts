// Once before the interop suite: the programs of other people that it speaks to.

import { delimiter } from 'node:path'
import { needPrograms } from '../setup/debian.ts'

export function setup(): void {
  // A user's PATH often lacks the folders of what only root was thought to run.
  process.env.PATH = [process.env.PATH, '/usr/sbin', '/sbin'].filter((part) => part !== undefined).join(delimiter)
  needPrograms({
    dig: 'bind9-dnsutils',
    delv: 'bind9-dnsutils',
    kdig: 'knot-dnsutils',
    drill: 'ldnsutils',
    nsd: 'nsd',
    knotd: 'knot',
    named: 'bind9',
    unbound: 'unbound',
    'redis-server': 'redis-server',
    dnsperf: 'dnsperf',
    'named-compilezone': 'bind9-utils',
    'named-checkzone': 'bind9-utils',
    kzonecheck: 'knot-dnssecutils',
    gdnsd: 'gdnsd',
    debootstrap: 'debootstrap',
    ip: 'iproute2',
  })
}
