// The servers that are compared, each with what its manual recommends for speed on one processor: one worker that answers UDP
// and one for TCP, minimal responses, no logs, no limits of rate. Versions are those of Debian's packages.

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { APEX, staticZone } from '../world.ts'
import { type RunningPeer, startPeer } from './process.ts'
import { orders, type Pool, pools, REST, type Scenario, STEERED_APEX } from './world.ts'

export interface Peer {
  readonly name: string
  readonly scenarios: readonly Scenario[]
  /** Questions in flight on each of 16 sockets, as many as its receive buffer can hold. */
  readonly window?: number
  version(): string
  /** In a folder of its own that holds the database as `places.mmdb`. */
  start(folder: string, port: number): Promise<RunningPeer>
}

/** Ours as it is without a word of configuration: with its limits of rates. */
export const LIMITED = 'meridian, limits on'

const plain = ['static', 'nxdomain', 'wildcard', 'referral', 'cname'] as const

function write(folder: string, name: string, text: string): string {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

function packageVersion(name: string): string {
  return execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], { encoding: 'utf8' })
}

const poolNames = Object.keys(pools) as Pool[]

/** Ours, with what the configuration says beside the rest. */
const ours = (name: string, asked: readonly Scenario[], settings: object): Peer => ({
  name,
  scenarios: asked,
  version: () => process.version,
  async start(folder, port) {
    write(folder, `zones/${APEX}.zone`, staticZone())
    const branch = (where: string[], order: readonly Pool[]): object => ({
      ...(where.length > 0 && { where: where.map((code) => `continent ${code}`) }),
      to: { failover: order },
    })
    const zone = {
      zone: STEERED_APEX,
      soa: { mname: 'ns1', rname: 'hostmaster' },
      ns: ['ns1'],
      records: { ns1: { A: '192.0.2.53' }, www: { service: 'web' } },
      checks: { up: { tcp: { port: 80 } } },
      pools: Object.fromEntries(
        poolNames.map((pool) => {
          const targets = pools[pool].map((address, i) => ({ address, weight: 1 + 2 * i, probe_at: '127.0.0.1:9' }))
          return [pool, { check: 'up', answers: 1, targets }]
        }),
      ),
      services: {
        web: {
          ttl: '30s',
          steer: {
            geo: [branch(['EU', 'AF'], orders['EU']!), branch(['AS', 'OC'], orders['AS']!), branch([], REST)],
          },
        },
      },
    }
    write(folder, `zones/${STEERED_APEX}.yaml`, JSON.stringify(zone))
    const config = write(
      folder,
      'meridian.yaml',
      JSON.stringify({
        node: { name: 'bench', region: 'eu' },
        listen: [`127.0.0.1:${port}`],
        workers: 1,
        zones: 'zones',
        geo: { databases: ['places.mmdb'] },
        prober: false,
        admin: { listen: '127.0.0.1:0' },
        log: { level: 'error' },
        ...settings,
      }),
    )
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
    return startPeer(process.execPath, [main, 'serve', '--config', config], port, STEERED_APEX)
  },
})

/** The others limit nothing, so it does not either; what its limits cost is seen beside it. */
const meridian = ours('meridian', [...plain, 'steered'], { rate_limit: { mode: 'off' } })
const limited = ours(LIMITED, ['static', 'steered'], {})

const gdnsd: Peer = {
  name: 'gdnsd',
  scenarios: [...plain, 'steered'],
  version: () => packageVersion('gdnsd'),
  async start(folder, port) {
    const list = (order: readonly string[]): string => `[ ${order.join(', ')} ]`
    const places = Object.entries(orders).map(([code, order]) => `${code} => ${list(order)}`)
    const weighted = poolNames.map(
      (pool) => `${pool} => { a => [ ${pools[pool][0]}, 1 ], b => [ ${pools[pool][1]}, 3 ] }`,
    )
    write(
      folder,
      'states',
      poolNames
        .flatMap((pool) => pools[pool])
        .map((address) => `${address} => UP\n`)
        .join(''),
    )
    write(
      folder,
      'config',
      `
options => { listen => { 127.0.0.1:${port} => { udp_threads => 1, tcp_threads => 1, udp_rcvbuf => 1048576, tcp_clients_per_thread => 1024 } }
  run_dir => ${folder}/run, state_dir => ${folder}/state, edns_client_subnet => true, experimental_no_chain => false }
service_types => { seen => { plugin => extfile, file => ${folder}/states, direct => true, interval => 10 } }
plugins => {
  extfile => {}
  weighted => { service_types => seen, ${weighted.join('\n')} }
  geoip => {
    maps => { m => { geoip2_db => ${folder}/places.mmdb, datacenters => ${list(REST)}
      map => { default => ${list(REST)}, ${places.join(', ')} } } }
    resources => { web => { map => m, dcmap => { ${poolNames.map((pool) => `${pool} => "%weighted!${pool}"`).join(', ')} } } }
  }
}
`,
    )
    write(folder, `zones/${APEX}`, staticZone())
    write(
      folder,
      `zones/${STEERED_APEX}`,
      '@ 30 SOA ns1 hostmaster 1 7200 1800 259200 30\n@ NS ns1\nns1 A 192.0.2.53\nwww 30 DYNA geoip!web\n',
    )
    for (const name of ['run', 'state']) mkdirSync(join(folder, name), { recursive: true })
    return startPeer('gdnsd', ['-c', folder, 'start'], port, STEERED_APEX)
  },
}

const knot: Peer = {
  name: 'knot',
  scenarios: [...plain, 'steered'],
  window: 16,
  version: () => packageVersion('knot'),
  async start(folder, port) {
    write(folder, 'static.zone', staticZone())
    write(
      folder,
      'steered.zone',
      `@ 30 SOA ns1 hostmaster 1 7200 1800 259200 30\n@ 30 NS ns1\nns1 30 A 192.0.2.53\nwww 30 A ${pools.us[0]}\n`,
    )
    const rows = Object.entries(orders).map(([code, [pool]]) => `  - geo: "${code}"\n    A: ${pools[pool!][0]}\n`)
    write(folder, 'geo.conf', `www.${STEERED_APEX}.:\n${rows.join('')}  - geo: "*"\n    A: ${pools.us[0]}\n`)
    mkdirSync(join(folder, 'run'), { recursive: true })
    const config = write(
      folder,
      'knot.conf',
      `
server:
    rundir: ${folder}/run
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    edns-client-subnet: on
log:
  - target: stderr
    any: error
database:
    storage: ${folder}/run
mod-geoip:
  - id: geo
    config-file: ${folder}/geo.conf
    ttl: 30
    mode: geodb
    geodb-file: ${folder}/places.mmdb
    geodb-key: continent/code
template:
  - id: default
    storage: ${folder}
    journal-content: none
zone:
  - domain: ${APEX}
    file: static.zone
  - domain: ${STEERED_APEX}
    file: steered.zone
    module: mod-geoip/geo
`,
    )
    return startPeer('knotd', ['-c', config], port, STEERED_APEX)
  },
}

const nsd: Peer = {
  name: 'nsd',
  scenarios: plain,
  version: () => packageVersion('nsd'),
  async start(folder, port) {
    write(folder, 'static.zone', staticZone())
    const config = write(
      folder,
      'nsd.conf',
      `
server:
    ip-address: 127.0.0.1@${port}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "${folder}"
    database: ""
    pidfile: "${folder}/nsd.pid"
    xfrdfile: "${folder}/xfrd.state"
    zonelistfile: "${folder}/zone.list"
    logfile: "${folder}/nsd.log"
    verbosity: 0
    minimal-responses: yes
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
    tcp-count: 1000
    receive-buffer-size: 4194304
remote-control:
    control-enable: no
zone:
    name: ${APEX}
    zonefile: static.zone
`,
    )
    return startPeer('nsd', ['-d', '-c', config], port, APEX)
  },
}

/** Without its packet cache: 100 000 networks come again within its 20 s, and that cache would be what is measured. */
const powerdns: Peer = {
  name: 'powerdns',
  scenarios: ['steered'],
  window: 8,
  version: () => packageVersion('pdns-server'),
  async start(folder, port) {
    const targets = (pool: Pool): object => [
      { a: { content: pools[pool][0], weight: 1 } },
      { a: { content: pools[pool][1], weight: 3 } },
    ]
    const soa = `ns1.${STEERED_APEX} hostmaster.${STEERED_APEX} 1 7200 1800 259200 30`
    const byCode = Object.entries(orders).map(([code, [pool]]): [string, object] => [
      `${code.toLowerCase()}.web.${STEERED_APEX}`,
      targets(pool!),
    ])
    const domain = {
      domain: STEERED_APEX,
      ttl: 30,
      records: {
        [STEERED_APEX]: [{ soa }, { ns: `ns1.${STEERED_APEX}` }],
        [`ns1.${STEERED_APEX}`]: [{ a: '192.0.2.53' }],
        ...Object.fromEntries(byCode),
        [`unknown.web.${STEERED_APEX}`]: targets('us'),
      },
      services: { [`www.${STEERED_APEX}`]: [`%cn.web.${STEERED_APEX}`, `unknown.web.${STEERED_APEX}`] },
    }
    write(folder, 'zones.yaml', JSON.stringify({ domains: [domain] }))
    write(
      folder,
      'pdns.conf',
      `
launch=geoip
geoip-zones-file=${folder}/zones.yaml
geoip-database-files=mmdb:${folder}/places.mmdb
edns-subnet-processing=yes
local-address=127.0.0.1
local-port=${port}
socket-dir=${folder}
daemon=no
guardian=no
disable-syslog=yes
loglevel=0
receiver-threads=1
distributor-threads=1
cache-ttl=0
query-cache-ttl=0
webserver=no
`,
    )
    return startPeer('pdns_server', [`--config-dir=${folder}`], port, STEERED_APEX)
  },
}

export const peers: readonly Peer[] = [meridian, limited, gdnsd, knot, nsd, powerdns]

/** Programs with the Debian packages that bring them, and packages that bring no program. */
export const programs: Readonly<Record<string, string>> = {
  gdnsd: 'gdnsd',
  knotd: 'knot',
  nsd: 'nsd',
  pdns_server: 'pdns-server',
  gcc: 'gcc',
}
export const modules: readonly string[] = ['knot-module-geoip', 'pdns-backend-geoip', 'libc6-dev']
