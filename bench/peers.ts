// npm run bench:peers: what a query costs here and in gdnsd, Knot, NSD and PowerDNS, on one machine in one run. Installs
// Debian's packages of them where they are missing (as root; elsewhere it says which).
//
//   node bench/peers.ts             about a quarter of an hour, of a machine that does nothing else
//   node bench/peers.ts --quick     about two minutes: fewer and shorter rounds
//   node bench/peers.ts --write     puts the table into README.md and bench/PEERS.md as well

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import { needPackages, needPrograms } from '../test/setup/debian.ts'
import { type Effort, openComparison } from './peers/measure.ts'
import { LIMITED, modules, programs } from './peers/servers.ts'
import { aimTable, costTable, latencyTable } from './peers/table.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
})
const full: Effort = { rounds: 7, seconds: 2, piped: 100_000, connections: 4_000, warmUp: 200_000 }
const quick: Effort = { rounds: 2, seconds: 0.7, piped: 20_000, connections: 1_000, warmUp: 60_000 }
const planned = values.quick ? quick : full
const effort = { ...planned, rounds: values.rounds === undefined ? planned.rounds : Number(values.rounds) }

const started = performance.now()
function say(line: string): void {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`)
}

/** What stands between the markers, in a file that has them. */
function replaceSection(file: string, text: string): void {
  const path = new URL(`../${file}`, import.meta.url).pathname
  const before = readFileSync(path, 'utf8')
  const [start, end] = ['<!-- bench:peers -->', '<!-- /bench:peers -->']
  const from = before.indexOf(start)
  const to = before.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${file} lacks the lines ${start} and ${end}`)
  writeFileSync(path, `${before.slice(0, from + start.length)}\n\n${text}\n\n${before.slice(to)}`)
}

// A user's PATH often lacks the folders of what only root was thought to run.
process.env.PATH = [process.env.PATH, '/usr/sbin', '/sbin'].filter((part) => part !== undefined).join(delimiter)
needPrograms(programs)
needPackages(modules)
const folder = mkdtempSync(join(tmpdir(), 'meridian-peers-'))
try {
  await using comparison = await openComparison(folder, say)
  const loadBefore = loadavg()[0]!
  const results = await comparison.run(effort, say)
  const versions = Object.entries(comparison.versions)
    .filter(([name]) => name !== LIMITED)
    .map(([name, version]) => `${name === 'meridian' ? 'Node' : name} ${version}`)
  const machine = `${availableParallelism()} processors (${cpus()[0]!.model}), Linux ${release()}, load ${loadBefore.toFixed(1)} before and ${loadavg()[0]!.toFixed(1)} after, with the servers' own; ${effort.rounds} rounds of ${effort.seconds} s; ${versions.join(', ')}.`
  const text = [costTable(results), latencyTable(results), aimTable(results), machine].join('\n\n')
  console.log(text)
  if (values.write) {
    replaceSection('README.md', [costTable(results), machine].join('\n\n'))
    replaceSection('bench/PEERS.md', text)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
