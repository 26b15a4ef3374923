// A small Internet in network namespaces: each region is a bridge of its own with an uplink to the backbone, so that a region, a
// machine or a link can be cut while everything inside goes on. Nothing of it is on a network of this machine's, and all of
// it is gone with the processes.
//
//      eu ──┐
//      us ──┼── backbone        a machine is a namespace with one cable to its region's bridge
//      ap ──┤
//    core ──┘

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { dieWithUs, inNetwork } from './container.ts'

export interface Machine {
  readonly name: string
  readonly address: string
  /** Starts a program of the host inside. */
  start(program: string, args: readonly string[]): Program
  /** Runs one to its end, and returns what it printed. */
  ask(program: string, ...args: readonly string[]): string
  /** Unplugs the machine, or plugs it in again. */
  plug(isIn: boolean): void
}

export interface Program {
  readonly child: ChildProcess
  output(): string
  /** Resolves with the first line that matches; rejects when it ends before. */
  says(pattern: RegExp): Promise<string>
  /** Each line of its standard output. */
  onLine(listener: (line: string) => void): void
  end(signal?: NodeJS.Signals): Promise<void>
}

export interface Lab extends AsyncDisposable {
  machine(name: string): Machine
  /** Cuts a region's uplink, or mends it. */
  uplink(region: string, isUp: boolean): void
}

interface Namespace {
  readonly pid: number
  end(): Promise<void>
}

/** `plan`: region → machine → address, all in one /24. */
export async function openLab(plan: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<Lab> {
  const hub = await openNamespace()
  const namespaces: Namespace[] = [hub]
  const programs: Program[] = []
  const machines = new Map<string, Machine>()
  const ip = (pid: number, ...args: string[]): void => {
    const said = inNetwork(pid, 'ip', ...args)
    if (said !== '') throw new Error(said)
  }
  ip(hub.pid, 'link', 'add', 'backbone', 'type', 'bridge')
  ip(hub.pid, 'link', 'set', 'backbone', 'up')
  for (const [region, members] of Object.entries(plan)) {
    ip(hub.pid, 'link', 'add', `r-${region}`, 'type', 'bridge')
    ip(hub.pid, 'link', 'set', `r-${region}`, 'up')
    ip(hub.pid, 'link', 'add', `up-${region}`, 'type', 'veth', 'peer', 'name', `down-${region}`)
    ip(hub.pid, 'link', 'set', `up-${region}`, 'master', `r-${region}`, 'up')
    ip(hub.pid, 'link', 'set', `down-${region}`, 'master', 'backbone', 'up')
    for (const [name, address] of Object.entries(members)) {
      const inside = await openNamespace()
      namespaces.push(inside)
      ip(hub.pid, 'link', 'add', `v-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(inside.pid))
      ip(hub.pid, 'link', 'set', `v-${name}`, 'master', `r-${region}`, 'up')
      ip(inside.pid, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
      ip(inside.pid, 'link', 'set', 'eth0', 'up')
      machines.set(name, {
        name,
        address,
        start(program, args) {
          const started = startProgram(inside.pid, program, args)
          programs.push(started)
          return started
        },
        ask: (program, ...args) => inNetwork(inside.pid, program, ...args),
        plug: (isIn) => ip(hub.pid, 'link', 'set', `v-${name}`, isIn ? 'up' : 'down'),
      })
    }
  }
  return {
    machine(name) {
      const machine = machines.get(name)
      if (!machine) throw new Error(`no machine ${name}`)
      return machine
    },
    uplink: (region, isUp) => ip(hub.pid, 'link', 'set', `down-${region}`, isUp ? 'up' : 'down'),
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map((program) => program.end('SIGKILL')))
      await Promise.all(namespaces.map((namespace) => namespace.end()))
    },
  }
}

async function openNamespace(): Promise<Namespace> {
  const script = 'ip link set lo up && echo ready && exec cat'
  const child = spawn('setpriv', [...dieWithUs, 'unshare', '--net', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), ended])
  if (child.exitCode !== null) throw new Error('cannot make a network namespace: root is needed')
  return {
    pid: child.pid!,
    async end() {
      child.stdin.end()
      await ended
    },
  }
}

function startProgram(pid: number, program: string, args: readonly string[]): Program {
  const child = spawn('nsenter', ['--target', String(pid), '--net', '--', 'setpriv', ...dieWithUs, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  const lines: string[] = []
  const listeners = new Set<(line: string) => void>()
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => {
      lines.push(line)
      for (const listener of listeners) listener(line)
    })
  const output = (): string => lines.join('\n')
  return {
    child,
    output,
    onLine: (listener) => void listeners.add(listener),
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (line: string): void => {
          if (!pattern.test(line)) return
          listeners.delete(look)
          resolve(line)
        }
        listeners.add(look)
        for (const line of lines) look(line)
        void ended.then(() => reject(new Error(`${program} ended:\n${output()}`)))
      }),
    async end(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill(signal)
      await ended
    },
  }
}
