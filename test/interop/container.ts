// Runs an image without Docker, confined as the compose file asks: namespaces of its own for mounts, processes, network and host
// name, a read-only /, no capabilities, a user who is not root. Its first process is number 1, as in Docker, so that signals
// behave the same.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Image } from './image.ts'

export interface Running {
  readonly hostname: string
  readonly entrypoint?: readonly string[] | undefined
  readonly command?: readonly string[] | undefined
  readonly user?: string | undefined
  /** Read-only: files and folders of the host. */
  readonly mounts: readonly { readonly source: string; readonly target: string }[]
  readonly tmpfs: readonly string[]
  readonly sysctls: Readonly<Record<string, string>>
  /** Called once the network namespace is there and before the program starts. */
  readonly connect?: (pid: number) => void
}

export interface Container {
  /** All that it wrote so far. */
  output(): string
  /** A program of the host in the network of the container; its output, or what it complained about. */
  ask(program: string, ...args: readonly string[]): string
  /** A command inside, as the container's user; whether it ended well. */
  succeeds(command: readonly string[]): boolean
  /** Says what a line of /proc/1/status says inside. */
  statusOf(field: string): string
  signal(name: NodeJS.Signals): void
  /** The exit code once it has ended. */
  readonly ended: Promise<number | undefined>
  kill(): Promise<void>
}

/** For setpriv: the kernel kills what it becomes when the process that started it is gone, however that ended. */
export const dieWithUs: readonly string[] = ['--pdeathsig', 'KILL']

// Changing the user clears that, so that the second setpriv has to ask for it again.
const script = `set -e
root=$1 user=$2 workdir=$3 hostname=$4; shift 4
hostname "$hostname"
ip link set lo up
echo ready
read -r settings
eval "$settings"
exec chroot "$root" /usr/bin/setpriv --reuid "\${user%:*}" --regid "\${user#*:}" --clear-groups \\
  --bounding-set=-all --inh-caps=-all --no-new-privs --pdeathsig KILL /usr/bin/env -i HOSTNAME="$hostname" "$@"`

export async function startContainer(image: Image, running: Running): Promise<Container> {
  const words = [
    ...(running.entrypoint ?? image.entrypoint),
    ...(running.command ?? (running.entrypoint ? [] : image.command)),
  ]
  const env = Object.entries(image.env).map(([name, value]) => `${name}=${value}`)
  const inside = [...env, '/bin/sh', '-c', 'cd "$0" && exec "$@"', image.workdir, ...words]
  const user = running.user ?? image.user
  const namespaces = ['--mount', '--net', '--uts', '--ipc', '--pid', '--fork', '--kill-child']
  const args = [...namespaces, 'sh', '-c', script, 'sh', image.root, user, image.workdir, running.hostname, ...inside]
  const child = spawn('setpriv', [...dieWithUs, 'unshare', ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk: Buffer): void => {
    output += chunk.toString('utf8')
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = once(child, 'close').then(() => child.exitCode ?? undefined)
  await Promise.race([once(child.stdout, 'data'), ended])
  if (!output.includes('ready')) throw new Error(`unshare: ${output}`)
  const pid = firstProcess(child)
  running.connect?.(pid)
  child.stdin.write(`${settings(image.root, running).join('; ')}\n`)
  return {
    output: () => output,
    ask: (program, ...rest) => inNetwork(pid, program, ...rest),
    succeeds: (command) => succeeds(pid, user, env, command),
    statusOf: (field) =>
      new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '',
    signal: (name) => void process.kill(pid, name),
    ended,
    async kill() {
      child.kill('SIGKILL') // and process 1 with it, whose end is that of all in the namespace
      await ended
    },
  }
}

/** A program of the host in the network namespace of a process. */
export function inNetwork(pid: number, program: string, ...args: readonly string[]): string {
  const ran = spawnSync('nsenter', ['--target', `${pid}`, '--net', '--', program, ...args], {
    encoding: 'utf8',
    timeout: 20_000,
  })
  return ran.status === 0 ? ran.stdout : `${program} ended with ${ran.status ?? ran.signal}: ${ran.stdout}${ran.stderr}`
}

function succeeds(pid: number, user: string, env: readonly string[], command: readonly string[]): boolean {
  const [uid, gid] = user.split(':')
  const enter = ['--target', `${pid}`, '--mount', '--net', '--pid', '--root', '--wd', '--']
  const lower = ['/usr/bin/setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '/usr/bin/env', '-i', ...env]
  return spawnSync('nsenter', [...enter, ...lower, ...command], { timeout: 20_000 }).status === 0
}

/** What the shell does in its namespaces before it becomes the program: mounts, then / read-only, then the sysctls. */
function settings(root: string, { mounts, tmpfs, sysctls }: Running): string[] {
  const under = (path: string): string => quote(join(root, path))
  for (const { source, target } of mounts) makePlace(join(root, target), statSync(source).isDirectory())
  for (const folder of tmpfs) mkdirSync(join(root, folder), { recursive: true })
  return [
    `mount --bind ${quote(root)} ${quote(root)}`,
    `mount -t proc proc ${under('proc')}`,
    ...mounts.map(({ source, target }) => `mount --bind ${quote(source)} ${under(target)}`),
    ...mounts.map(({ target }) => `mount -o remount,bind,ro ${under(target)}`),
    ...tmpfs.map((folder) => `mount -t tmpfs -o mode=1777 tmpfs ${under(folder)}`),
    `mount -o remount,bind,ro ${quote(root)}`,
    ...Object.entries(sysctls).map(([name, value]) => `echo ${quote(value)} > /proc/sys/${name.replaceAll('.', '/')}`),
  ]
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Something to mount over. */
function makePlace(path: string, isFolder: boolean): void {
  if (existsSync(path)) return
  mkdirSync(isFolder ? path : dirname(path), { recursive: true })
  if (!isFolder) closeSync(openSync(path, 'w'))
}

/** The process number 1 of the namespace, by the number that we know it by. */
function firstProcess(unshare: ChildProcess): number {
  const children = readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8').trim()
  if (!/^\d+$/.test(children)) throw new Error(`unshare has no single child: ${children}`)
  return Number(children)
}
