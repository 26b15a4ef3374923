// Brings up a compose file without Docker: its services in network namespaces of their own, joined by a bridge in one more.
// Nothing of it is on a network of this machine's, and all of it is gone with the processes.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Compose, Service } from './compose.ts'
import { type Container, dieWithUs, inNetwork, startContainer } from './container.ts'
import type { Image } from './image.ts'

export interface World {
  readonly containers: ReadonlyMap<string, Container>
  readonly addresses: ReadonlyMap<string, string>
  /** A program of the host's, run beside the services. */
  ask(program: string, ...args: readonly string[]): string
  end(): Promise<void>
}

/** Starts every service once those it waits for are healthy, and resolves when all of them are. */
export async function startWorld(
  compose: Compose,
  imageOf: (service: Service) => Image,
  folder: string,
): Promise<World> {
  const bridge = await startBridge()
  const addresses = addressesOf(compose)
  const hosts = join(folder, 'hosts')
  writeFileSync(
    hosts,
    ['127.0.0.1 localhost', ...[...addresses].map(([name, address]) => `${address} ${name}`), ''].join('\n'),
  )
  const containers = new Map<string, Container>()
  const world: World = {
    containers,
    addresses,
    ask: (program, ...args) => inNetwork(bridge.pid, program, ...args),
    async end() {
      await Promise.all([...containers.values()].map((container) => container.kill()))
      await bridge.end()
    },
  }
  try {
    const healthy = new Map<string, Promise<void>>()
    for (const service of inOrder(compose.services)) {
      await Promise.all(service.after.map((name) => healthy.get(name)!))
      const image = imageOf(service)
      const container = await startContainer(image, {
        ...service,
        mounts: [...service.mounts, { source: hosts, target: '/etc/hosts' }],
        connect: (pid) => plug(bridge.pid, pid, service.name, addresses.get(service.name)!),
      })
      containers.set(service.name, container)
      const command = service.health === 'image' ? image.health : service.health
      healthy.set(service.name, command === 'none' ? Promise.resolve() : untilHealthy(service, container, command))
    }
    await Promise.all(healthy.values())
  } catch (error) {
    const outputs = [...containers].map(([name, container]) => `--- ${name}\n${container.output()}`)
    await world.end()
    throw new Error(`the world did not come up: ${outputs.join('\n')}`, { cause: error })
  }
  return world
}

async function untilHealthy({ name }: Service, container: Container, command: readonly string[]): Promise<void> {
  await eventually(`${name} is healthy`, 30_000, () => container.succeeds(command))
}

/** Asks again and again; rejects when it has not become true in time. */
export async function eventually(what: string, limitMs: number, isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`after ${limitMs} ms it is still not so that ${what}`)
    await delay(100)
  }
}

/** Those that others wait for come first. */
function inOrder(services: readonly Service[]): Service[] {
  const ordered: Service[] = []
  const add = (service: Service): void => {
    if (ordered.includes(service)) return
    for (const name of service.after) add(services.find((other) => other.name === name)!)
    ordered.push(service)
  }
  for (const service of services) add(service)
  return ordered
}

/** Fixed ones as they are, the others from the range that Docker would choose from. */
function addressesOf({ services, networks }: Compose): Map<string, string> {
  const range = Object.values(networks).find((network) => network?.ipam)?.ipam?.config[0]?.ip_range
  if (range === undefined) throw new Error('no network has an ip_range')
  const [start, last] = /^(.*\.)(\d+)\//.exec(range)!.slice(1)
  return new Map(services.map(({ name, address }, index) => [name, address ?? `${start}${Number(last) + 1 + index}`]))
}

async function startBridge(): Promise<{ pid: number; end: () => Promise<void> }> {
  const script =
    'set -e; ip link add inside type bridge; ip addr add 172.30.53.1/24 dev inside; ip link set inside up; ip link set lo up; echo ready; exec cat'
  const child = spawn('setpriv', [...dieWithUs, 'unshare', '--net', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), ended])
  if (child.exitCode !== null) throw new Error('cannot make a bridge in a network namespace')
  return {
    pid: child.pid!,
    async end() {
      child.stdin.end()
      await ended
    },
  }
}

/** A cable from the bridge to a container. */
function plug(bridge: number, pid: number, name: string, address: string): void {
  const run = (inside: number, ...args: string[]): void => {
    const said = inNetwork(inside, 'ip', ...args)
    if (said !== '') throw new Error(said)
  }
  run(bridge, 'link', 'add', `v-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${pid}`)
  run(bridge, 'link', 'set', `v-${name}`, 'master', 'inside', 'up')
  run(pid, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
  run(pid, 'link', 'set', 'eth0', 'up')
}
