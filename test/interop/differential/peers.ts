// NSD, Knot and BIND with the same zones as we, each on a free port of the loopback and told to answer with as little as we do.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.ts'
import { type DnsClient, openDnsClient } from '../../support/dns-client.ts'
import { writeQuery } from '../../support/snapshot.ts'

export interface Peer {
  readonly name: string
  readonly version: string
  readonly client: DnsClient
  close(): Promise<void>
}

interface Program {
  readonly name: string
  readonly command: string
  readonly versionFlag: string
  readonly args: (config: string) => readonly string[]
  /** Zones by name, without the final dot, and the files that they stand in. */
  readonly config: (folder: string, port: number, zones: ReadonlyMap<string, string>) => string
}

const programs: readonly Program[] = [
  {
    name: 'NSD',
    command: 'nsd',
    versionFlag: '-v',
    args: (config) => ['-d', '-c', config],
    config: (folder, port, zones) => `server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  zonelistfile: "${folder}/zone.list"
  xfrdfile: "${folder}/xfrd.state"
  xfrdir: "${folder}"
  pidfile: ""
  server-count: 1
  minimal-responses: yes
  refuse-any: no
  rrl-ratelimit: 0
  zonefiles-check: no
remote-control:
  control-enable: no
${[...zones].map(([name, file]) => `zone:\n  name: "${name}"\n  zonefile: "${file}"\n`).join('')}`,
  },
  {
    name: 'Knot',
    command: 'knotd',
    versionFlag: '--version',
    args: (config) => ['-c', config],
    config: (folder, port, zones) => `server:
  rundir: "${folder}"
  listen: 127.0.0.1@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: "${folder}"
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: "${folder}"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
${[...zones].map(([name, file]) => `  - domain: "${name}."\n    file: "${file}"\n`).join('')}`,
  },
  {
    name: 'BIND',
    command: 'named',
    versionFlag: '-v',
    args: (config) => ['-g', '-n', '1', '-c', config],
    config: (folder, port, zones) => `options {
  directory "${folder}";
  pid-file none;
  session-keyfile none;
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  minimal-responses yes;
  minimal-any no;
  empty-zones-enable no;
  dnssec-validation no;
  zero-no-soa-ttl no;
  check-integrity no;
  check-names primary ignore;
  check-mx ignore;
  check-mx-cname ignore;
  check-srv-cname ignore;
  check-sibling no;
  notify no;
  zone-statistics none;
};
controls { };
${[...zones].map(([name, file]) => `zone "${name}" { type primary; file "${file}"; };\n`).join('')}`,
  },
]

/** Starts all three; `zones` are texts by name, without the final dot. Rejects with what a server said that does not answer for all. */
export async function openPeers(folder: string, zones: ReadonlyMap<string, string>): Promise<Peer[]> {
  const peers: Peer[] = []
  try {
    for (const program of programs) peers.push(await openPeer(program, join(folder, program.command), zones))
    return peers
  } catch (error) {
    await Promise.all(peers.map((peer) => peer.close()))
    throw error
  }
}

async function openPeer(program: Program, folder: string, zones: ReadonlyMap<string, string>): Promise<Peer> {
  mkdirSync(folder)
  const files = new Map<string, string>()
  for (const [name, text] of zones) {
    files.set(name, `${name}.zone`)
    writeFileSync(join(folder, `${name}.zone`), `$ORIGIN ${name}.\n${text}`)
  }
  const port = await freePort()
  const config = join(folder, 'server.conf')
  writeFileSync(config, program.config(folder, port, files))
  const said: string[] = []
  const child = spawn(program.command, program.args(config), { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder })
  child.stdout.on('data', (data: Buffer) => said.push(String(data)))
  child.stderr.on('data', (data: Buffer) => said.push(String(data)))
  const client = await openDnsClient({ address: '127.0.0.1', port })
  const close = async (): Promise<void> => {
    await client[Symbol.asyncDispose]()
    await end(child)
  }
  try {
    await untilServing(client, [...zones.keys()])
  } catch (error) {
    await close()
    throw new Error(`${program.name}: ${String(error)}\n${said.join('').slice(-4000)}`, { cause: error })
  }
  return { name: program.name, version: versionOf(program), client, close }
}

/** Every zone has to be answered for: one that a server refuses to load would make all its answers differ. */
async function untilServing(client: DnsClient, names: readonly string[]): Promise<void> {
  const deadline = Date.now() + 15_000
  for (const name of names) {
    for (;;) {
      const reply = await client.ask(writeQuery({ name: `${name}.`, type: 6 }), 500)
      if (reply && (reply.bytes[3]! & 15) === 0 && reply.bytes[2]! & 4) break
      if (Date.now() > deadline)
        throw new Error(`${name} is not served: rcode ${reply ? reply.bytes[3]! & 15 : 'none'}`)
    }
  }
}

function versionOf({ command, versionFlag }: Program): string {
  const said = execFileSync('sh', ['-c', `${command} ${versionFlag} 2>&1`], { encoding: 'utf8' })
  return said.split('\n')[0]!.trim()
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), 5000)
  await gone
  clearTimeout(limit)
}
