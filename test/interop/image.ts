// Builds an image from a Dockerfile without Docker: each stage is a folder made by debootstrap, in which the RUN lines run by
// chroot. What it cannot show is Docker's own work (layers, the registry); what the lines do to a Debian it shows for real.

import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, posix, relative, resolve } from 'node:path'
import { type Instruction, isSent, parseDockerfile, sourcesOf, type Stage, wordsOf } from './dockerfile.ts'

export interface Image {
  /** The folder that is / inside. */
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  readonly workdir: string
  /** `uid:gid`. */
  readonly user: string
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  /** The command of HEALTHCHECK. */
  readonly health: readonly string[]
  readonly stopSignal: NodeJS.Signals
}

export interface Builder {
  /** Where the stages' folders go. */
  readonly folder: string
  /** What is sent to the builder, and by what .dockerignore. */
  readonly context: string
  readonly ignore: string
}

const checkout = join(import.meta.dirname, '../..')
const containerPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Builds the last stage and those it copies from. `name` is that of its folder. */
export function buildImage(name: string, dockerfile: string, builder: Builder): Image {
  const roots = new Map<string, string>()
  const images = parseDockerfile(dockerfile).map((stage) => {
    const root = join(builder.folder, `${name}-${stage.name}`)
    cloneRoot(roots.get(stage.base) ?? baseImage(stage.base, builder.folder), root)
    roots.set(stage.name, root)
    return buildStage(stage, root, roots, builder)
  })
  return images.at(-1)!
}

function buildStage(stage: Stage, root: string, roots: ReadonlyMap<string, string>, builder: Builder): Image {
  const image: Image = {
    root,
    env: { PATH: containerPath },
    workdir: '/',
    user: '0:0',
    entrypoint: [],
    command: [],
    health: [],
    stopSignal: 'SIGTERM',
  }
  for (const instruction of stage.instructions) {
    const { name, rest } = instruction
    if (name === 'RUN') runInside(image, rest)
    else if (name === 'COPY') copyInto(image, instruction, roots, builder)
    else Object.assign(image, setting(image, name, rest))
  }
  return image
}

/** What an instruction says about the image that touches none of its files. */
function setting(image: Image, name: string, rest: string): Partial<Image> {
  switch (name) {
    case 'WORKDIR': {
      const workdir = posix.resolve(image.workdir, rest)
      mkdirSync(join(image.root, workdir), { recursive: true })
      return { workdir }
    }
    case 'ENV': {
      const [, key, value] = /^(\w+)=(\S+)$/.exec(rest)!
      return { env: { ...image.env, [key!]: value! } }
    }
    case 'USER':
      return { user: rest }
    case 'ENTRYPOINT':
      return { entrypoint: wordsOf(rest)! }
    case 'CMD':
      return { command: wordsOf(rest)! }
    case 'STOPSIGNAL':
      return { stopSignal: rest as NodeJS.Signals }
    case 'HEALTHCHECK':
      return { health: wordsOf(rest.slice(rest.indexOf('CMD') + 3).trim())! }
    case 'EXPOSE':
    case 'LABEL':
      return {}
    default:
      throw new Error(`the builder does not know ${name}`)
  }
}

function copyInto(image: Image, copy: Instruction, roots: ReadonlyMap<string, string>, builder: Builder): void {
  const { sources, target } = sourcesOf(copy)
  const from = copy.flags.from === undefined ? builder.context : roots.get(copy.flags.from)!
  const isFolder = sources.length > 1 || target.endsWith('/')
  for (const source of sources) {
    const path = join(from, source)
    const to = join(image.root, posix.resolve(image.workdir, target))
    // The contents of a folder, but a file itself.
    const destination = isFolder && !statSync(path).isDirectory() ? join(to, posix.basename(source)) : to
    mkdirSync(dirname(destination), { recursive: true })
    const filter = (each: string): boolean =>
      copy.flags.from !== undefined || statSync(each).isDirectory() || isSent(builder.ignore, relative(from, each))
    cpSync(path, destination, { recursive: true, verbatimSymlinks: true, filter })
  }
}

// RUN ---------------------------------------------------------------------------------------------------------------

/** A private mount namespace, so that /proc and the cache are gone when the command is. */
const enter = `set -e
mount -t proc proc "$1/proc"
if [ -n "$2" ]; then mkdir -p "$1/root/.npm"; mount --bind "$2" "$1/root/.npm"; fi
exec chroot "$1" /bin/sh -c 'cd "$1"; exec /bin/sh -e -c "$2"' sh "$3" "$4"`

function runInside(image: Pick<Image, 'root' | 'env' | 'workdir'>, command: string): void {
  const cache = npmCache()
  const arguments_ = [
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    'sh',
    '-c',
    enter,
    'sh',
    image.root,
    cache,
    image.workdir,
    command,
  ]
  const env = { ...image.env, ...network(image.root), HOME: '/root', DEBIAN_FRONTEND: 'noninteractive' }
  const ran = spawnSync('unshare', arguments_, {
    env: { ...env, PATH: image.env.PATH },
    encoding: 'utf8',
    timeout: 10 * 60_000,
  })
  if (ran.status !== 0)
    throw new Error(`RUN ${command}\nended with ${ran.status ?? ran.signal}\n${ran.stdout}\n${ran.stderr}`)
}

/** How this machine reaches packages is its own business: the Dockerfile knows nothing of it, so the builder hands it in. */
function network(root: string): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$/i.test(name))
  const env: Record<string, string> = Object.fromEntries(inherited.map(([name, value]) => [name, value ?? '']))
  env.npm_config_registry = npmSetting('registry')
  env.npm_config_prefer_offline = 'true'
  const authorities = npmSetting('cafile')
  if (existsSync(authorities)) {
    copyFileSync(authorities, join(root, 'tmp/authorities.crt'))
    env.npm_config_cafile = '/tmp/authorities.crt'
  }
  return env
}

function npmSetting(name: string): string {
  return spawnSync('npm', ['config', 'get', name], { cwd: checkout, encoding: 'utf8' }).stdout.trim()
}

function npmCache(): string {
  const cache = npmSetting('cache')
  return existsSync(cache) ? cache : ''
}

// FROM --------------------------------------------------------------------------------------------------------------

/** A folder for `debian:<codename>-slim` or `node:<version>-<codename>-slim`. */
function baseImage(base: string, folder: string): string {
  const tag = /^(debian|node):(?:([\d.]+)-)?([a-z]+)-slim$/.exec(base)
  if (!tag) throw new Error(`the builder does not know how to make ${base}`)
  const [, kind, version, codename] = tag
  const debian = join(folder, `debian-${codename}`)
  if (!existsSync(debian)) bootstrap(codename!, debian)
  if (kind === 'debian') return debian
  const node = join(folder, `node-${version}-${codename}`)
  if (!existsSync(node)) addNode(debian, node, version!)
  return node
}

function bootstrap(codename: string, root: string): void {
  const made = spawnSync('debootstrap', ['--variant=minbase', codename, root, mirror(codename)], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`debootstrap: ${made.stdout}\n${made.stderr}`)
  for (const file of ['/etc/resolv.conf', '/etc/hosts']) copyFileSync(file, join(root, file))
  const settings = spawnSync('apt-config', ['dump', 'Acquire'], { encoding: 'utf8' }).stdout
  writeFileSync(join(root, 'etc/apt/apt.conf.d/00builder'), settings)
}

/** Where this machine's apt gets Debian from. */
function mirror(codename: string): string {
  const format = ['--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages']
  const lines = spawnSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' }).stdout.split('\n')
  const found = lines.map((line) => line.split(' ')).find(([, name]) => name === codename)?.[0]
  if (found === undefined) throw new Error(`apt has no source for Debian ${codename}`)
  return found
}

/** The official image: Node and its npm in /usr/local. Node comes from the package that the checkout pins. */
function addNode(debian: string, root: string, version: string): void {
  const manifest = join(checkout, `node_modules/node-linux-${process.arch}/package.json`)
  const { version: pinned } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  if (pinned !== version) throw new Error(`the Dockerfile says Node ${version}, the checkout pins ${pinned}`)
  cloneRoot(debian, root)
  copyFileSync(join(dirname(manifest), 'bin/node'), join(root, 'usr/local/bin/node'))
  const npm = join(root, 'usr/local/lib/node_modules/npm')
  cpSync(npmPackage(), npm, { recursive: true, verbatimSymlinks: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
  runInside(
    { root, env: { PATH: containerPath }, workdir: '/' },
    'apt-get update && apt-get install -y --no-install-recommends ca-certificates libatomic1 libstdc++6',
  )
}

/** The folder of the npm in PATH: two above npm-cli.js. */
function npmPackage(): string {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'))
  const npm = folders.map((folder) => join(folder, 'npm')).find((path) => existsSync(path))
  if (npm === undefined) throw new Error('there is no npm in PATH')
  return resolve(realpathSync(npm), '../..')
}

/** `cp -a` keeps owners, links and devices, none of which cpSync does. */
function cloneRoot(from: string, to: string): void {
  const copied = spawnSync('cp', ['-a', '--reflink=auto', '--', from, to], { encoding: 'utf8' })
  if (copied.status !== 0 || readdirSync(to).length === 0) throw new Error(`cp: ${copied.stderr}`)
}
