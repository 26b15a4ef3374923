// Brings programs that tests need: where that is safe (root on Debian) with apt-get and without starting a service,
// elsewhere by saying what to install. A missing program is an error and never a skipped test.

import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Makes sure that each program is in PATH; `packages` says which Debian package each one comes with. */
export function needPrograms(packages: Readonly<Record<string, string>>): void {
  const missing = Object.keys(packages).filter((program) => !findProgram(program))
  if (missing.length === 0) return
  const wanted = [...new Set(missing.map((program) => packages[program]!))]
  install(wanted, `${missing.join(', ')}, which is not in PATH`)
  const still = missing.filter((program) => !findProgram(program))
  if (still.length > 0)
    throw new Error(`apt-get installed ${wanted.join(', ')}, but ${still.join(', ')} is not in PATH`)
}

/** The same for packages that bring no program. */
export function needPackages(names: readonly string[]): void {
  const missing = names.filter((name) => !isInstalled(name))
  if (missing.length > 0) install(missing, `the packages ${missing.join(', ')}`)
}

function isInstalled(name: string): boolean {
  try {
    return execFileSync('dpkg-query', ['-W', '-f', '${Status}', name], { stdio: 'pipe' }).includes('ok installed')
  } catch {
    return false
  }
}

function install(wanted: readonly string[], what: string): void {
  const advice = `This needs ${what}. On Debian: apt-get install ${wanted.join(' ')}`
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) throw new Error(advice)
  process.stderr.write(`installing ${wanted.join(', ')} with apt-get (no service is started)\n`)
  try {
    withoutServices(() => {
      apt('update')
      apt('install', '-y', '--no-install-recommends', ...wanted)
    })
  } catch (error) {
    throw new Error(advice, { cause: error })
  }
}

export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Debian starts a service as its package is installed, unless this file says 101. One that is there already is not ours. */
function withoutServices(work: () => void): void {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return work()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' })
  try {
    work()
  } finally {
    rmSync(policy, { force: true })
  }
}

function apt(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Another installation may be under way: its lock is waited for.
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=120']
  execFileSync('apt-get', [...options, ...args], { env, stdio: ['ignore', 2, 2], timeout: 600_000 })
}
