// Completes package-lock.json: npm leaves out optional packages that its registry does not carry, such as those for other
// systems, and then `npm ci` refuses the result. They are named exactly by the packages that want them; what npm needs to know
// besides, for which system and processor they are, their names say. Their digests are missing until npm writes them where it can.

import { readFileSync, writeFileSync } from 'node:fs'

interface Locked {
  readonly version?: string
  readonly dev?: boolean
  readonly license?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const path = new URL('../package-lock.json', import.meta.url)
const lockfile = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Locked> }
const added = complete(lockfile.packages)
lockfile.packages = Object.fromEntries(Object.entries(lockfile.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)))
if (added.length > 0) writeFileSync(path, `${JSON.stringify(lockfile, undefined, 2)}\n`)
console.log(added.length === 0 ? 'package-lock.json is whole' : `added to package-lock.json: ${added.join(', ')}`)

function complete(packages: Record<string, Locked>): string[] {
  const names: string[] = []
  for (const [place, wanting] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(wanting.optionalDependencies ?? {})) {
      if (`node_modules/${name}` in packages || `${place}/node_modules/${name}` in packages) continue
      packages[`node_modules/${name}`] = lock(name, version, wanting)
      names.push(name)
    }
  }
  return names
}

function lock(name: string, version: string, wanting: Locked): Locked {
  const [, os, cpu, abi] =
    /(android|darwin|freebsd|linux|openbsd|openharmony|win32)-(arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64)-?(\w*)$/.exec(
      name,
    ) ?? []
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+$/.test(version))
    throw new Error(`cannot tell what ${name}@${version} is for`)
  const libc = os !== 'linux' || abi === '' ? undefined : abi === 'musl' || abi === 'musleabihf' ? 'musl' : 'glibc'
  return {
    version,
    cpu: [cpu],
    ...(wanting.dev === true && { dev: true }),
    ...(libc !== undefined && { libc: [libc] }),
    ...(wanting.license !== undefined && { license: wanting.license }),
    optional: true,
    os: [os],
  } as Locked
}
