// A compose file as plain services, and what ours keeps to. Understands what ours uses: merge keys, `$$`, secrets, fixed addresses.

import { join } from 'node:path'
import { parse } from 'yaml'

export interface Service {
  readonly name: string
  readonly image: string
  readonly hostname: string
  readonly user: string | undefined
  readonly entrypoint: readonly string[] | undefined
  readonly command: readonly string[] | undefined
  readonly mounts: readonly { readonly source: string; readonly target: string }[]
  readonly tmpfs: readonly string[]
  readonly sysctls: Readonly<Record<string, string>>
  readonly networks: readonly string[]
  /** Fixed in a network with a subnet; undefined where Docker chooses. */
  readonly address: string | undefined
  /** A command; `image` where the image's own counts, `none` where there is none. */
  readonly health: readonly string[] | 'image' | 'none'
  /** Services that must be healthy before. */
  readonly after: readonly string[]
  readonly raw: Readonly<Record<string, unknown>>
}

export interface Compose {
  readonly services: readonly Service[]
  readonly networks: Readonly<
    Record<string, { internal?: boolean; ipam?: { config: { subnet: string; ip_range?: string }[] } }>
  >
  /** Folders of the host that images are built from, with the Dockerfile in them. */
  readonly builds: readonly string[]
}

interface RawService {
  image?: string
  hostname?: string
  user?: string
  build?: { context: string; dockerfile: string }
  entrypoint?: string[]
  command?: string[]
  volumes?: string[]
  secrets?: string[]
  tmpfs?: string[]
  sysctls?: Record<string, string>
  networks?: string[] | Record<string, { ipv4_address?: string }>
  healthcheck?: { disable?: boolean; test?: string[] }
  depends_on?: Record<string, { condition: string }>
}

/** `folder` is the compose file's own: its relative paths start there. */
export function readCompose(text: string, folder: string): Compose {
  const raw = parse(text, { merge: true }) as {
    services: Record<string, RawService>
    networks?: Compose['networks']
    secrets?: Record<string, { file: string }>
  }
  const services = Object.entries(raw.services).map(([name, service]): Service => {
    const secrets = (service.secrets ?? []).map((secret) => {
      const file = raw.secrets?.[secret]?.file
      if (file === undefined) throw new Error(`${name}: there is no secret ${secret}`)
      return { source: join(folder, file), target: `/run/secrets/${secret}` }
    })
    const networks = service.networks ?? []
    return {
      name,
      image: service.image ?? '',
      hostname: service.hostname ?? name,
      user: service.user,
      entrypoint: service.entrypoint?.map(unescape),
      command: service.command?.map(unescape),
      mounts: [...(service.volumes ?? []).map((volume) => mountOf(volume, folder)), ...secrets],
      tmpfs: service.tmpfs ?? [],
      sysctls: service.sysctls ?? {},
      networks: Array.isArray(networks) ? networks : Object.keys(networks),
      address: Array.isArray(networks)
        ? undefined
        : Object.values(networks).find((network) => network?.ipv4_address)?.ipv4_address,
      health: healthOf(service.healthcheck),
      after: Object.keys(service.depends_on ?? {}),
      raw: service as Record<string, unknown>,
    }
  })
  const builds = Object.values(raw.services).flatMap(({ build }) =>
    build ? [join(folder, build.context, build.dockerfile)] : [],
  )
  return { services, networks: raw.networks ?? {}, builds: [...new Set(builds)] }
}

/** Compose takes `$x` as a variable of its own and `$$` as a dollar. */
function unescape(word: string): string {
  return word.replaceAll('$$', '$')
}

function mountOf(volume: string, folder: string): { source: string; target: string } {
  const [source, target, mode] = volume.split(':')
  if (mode !== 'ro') throw new Error(`${volume} may be written to`)
  return { source: join(folder, source!), target: target! }
}

function healthOf(check: RawService['healthcheck']): Service['health'] {
  if (check?.disable === true) return 'none'
  const [kind, ...words] = check?.test ?? []
  if (kind === undefined) return 'image'
  return kind === 'CMD-SHELL' ? ['/bin/sh', '-c', unescape(words[0]!)] : words.map(unescape)
}

/** What is wrong, one sentence each. `isThere` says whether a path of the host exists. */
export function lintCompose(compose: Compose, isThere: (path: string) => boolean): string[] {
  const addresses = compose.services.flatMap(({ address }) => (address === undefined ? [] : [address]))
  return [
    ...compose.builds.filter((path) => !isThere(path)).map((path) => `${path} does not exist`),
    ...compose.services.flatMap((service) =>
      lintService(service, compose, isThere).map((message) => `${service.name}: ${message}`),
    ),
    ...addresses
      .filter((address, index) => addresses.indexOf(address) !== index)
      .map((address) => `${address} is given twice`),
  ]
}

function lintService(service: Service, { services, networks }: Compose, isThere: (path: string) => boolean): string[] {
  const { raw, image, mounts, after, address } = service
  const found = mounts.filter(({ source }) => !isThere(source)).map(({ source }) => `${source} does not exist`)
  if (!/:[^:/]+$/.test(image) || image.endsWith(':latest')) found.push(`the image ${image} has no lasting tag`)
  if (raw.read_only !== true) found.push('may write to its /')
  if (raw.privileged === true || raw.cap_add !== undefined) found.push('has more rights than it needs')
  if (!list(raw.cap_drop).includes('ALL')) found.push('keeps capabilities')
  if (!list(raw.security_opt).includes('no-new-privileges:true')) found.push('may gain privileges')
  if (raw.build === undefined && !/^[1-9]\d*:[1-9]\d*$/.test(service.user ?? '')) found.push('has no user of its own')
  if (/PASSWORD|SECRET|TOKEN/i.test(JSON.stringify(raw.environment ?? '')))
    found.push('has a secret in its environment')
  for (const port of list(raw.ports))
    if (!port.startsWith('127.0.0.1:')) found.push(`port ${port} is open to the world`)
  for (const network of service.networks) if (!(network in networks)) found.push(`there is no network ${network}`)
  if (raw.ports !== undefined && service.networks.every((name) => networks[name]?.internal === true))
    found.push('publishes ports into the void')
  for (const name of after)
    if (!services.some((other) => other.name === name && other.health !== 'none'))
      found.push(`waits for ${name} in vain`)
  const subnet = service.networks.flatMap((name) => networks[name]?.ipam?.config ?? [])[0]
  if (address !== undefined && (!subnet || !isWithin(address, subnet.subnet)))
    found.push(`${address} is in no subnet of its networks`)
  if (address !== undefined && subnet?.ip_range !== undefined && isWithin(address, subnet.ip_range))
    found.push(`${address} may be given to another`)
  return found
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** Whether an IPv4 address is in a prefix. */
export function isWithin(address: string, prefix: string): boolean {
  const [base, length] = prefix.split('/')
  const shift = 32 - Number(length)
  return toNumber(address) >>> shift === toNumber(base!) >>> shift
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0)
}
