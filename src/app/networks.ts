// The operator's own networks, from YAML files and tables: one list of them, and where in which file each stands.

import { extname } from 'node:path'
import type { Finding } from '../core/base/problem.ts'
import type { NetworkConfig } from '../core/geo/networks.ts'
import { parseNetworkTable } from '../core/geo/networks-csv.ts'
import { networksConfig } from './config.ts'
import { report } from './plan.ts'
import { beside, checkAgainst, openDocument, type Reading, readFile } from './reading.ts'

export interface LoadedNetworks {
  readonly configs: readonly NetworkConfig[]
  /** Networks that stand in a file but have a mistake; undefined where nobody knows what stands there. */
  readonly lostNames: readonly string[] | undefined
  /** Of a finding whose path begins with `networks` and an index in `configs`. */
  report(finding: Finding): void
}

/** One file's; the indexes in its findings are its own. */
interface Source extends LoadedNetworks {
  /** What a network of it is called in messages. */
  nameOf(index: number): string
}

/** `number` is the document that names the files, in `geo.networks`. */
export function loadNetworks(reading: Reading, file: string, number: number, paths: readonly string[]): LoadedNetworks {
  const sources = paths.map((path, i) => {
    const origin = { document: number, path: ['geo', 'networks', ...(paths.length > 1 ? [i] : [])] }
    const place = beside(file, path)
    return extname(path) === '.csv' ? loadTable(reading, place, path, origin) : loadYaml(reading, place, path, origin)
  })
  const isSeveral = sources.length > 1
  const configs = sources.flatMap((source) =>
    isSeveral ? source.configs.map((config, i) => ({ ...config, called: source.nameOf(i) })) : source.configs,
  )
  const isUnknown = sources.some(({ lostNames }) => lostNames === undefined)
  return {
    configs,
    lostNames: isUnknown ? undefined : sources.flatMap(({ lostNames }) => lostNames ?? []),
    report(finding) {
      let index = finding.path[1] as number
      for (const source of sources) {
        if (index < source.configs.length) {
          source.report({ ...finding, path: ['networks', index, ...finding.path.slice(2)] })
          return
        }
        index -= source.configs.length
      }
    },
  }
}

type Origin = Parameters<typeof openDocument>[3]

function loadYaml(reading: Reading, place: string, path: string, origin: Origin): Source {
  const document = openDocument(reading, place, networksConfig, origin)
  const { value, partial } = document === undefined ? {} : checkAgainst(reading, document, networksConfig)
  const own = value ?? partial
  return {
    configs: own?.networks ?? [],
    lostNames: own === undefined ? undefined : partial ? namesWritten(reading.documents[document!]!.data) : [],
    report: (finding) => report(reading, { document: document!, path: [] }, finding),
    nameOf: (index) => `networks[${index}] of ${path}`,
  }
}

function namesWritten(data: unknown): string[] {
  const { networks } = (data ?? {}) as { networks?: unknown }
  const listed = Array.isArray(networks) ? (networks as readonly ({ name?: unknown } | null)[]) : []
  return listed.flatMap((network) => (typeof network?.name === 'string' ? network.name : []))
}

function loadTable(reading: Reading, place: string, path: string, origin: Origin): Source {
  const text = readFile(reading, place, origin)
  const { networks, lines, mistakes } = parseNetworkTable(text ?? 'cidr')
  for (const mistake of mistakes) reading.problems.push({ file: place, path: '', severity: 'error', ...mistake })
  return {
    configs: networks.map((network, i) => ({ ...network, called: `line ${lines[i]}` })),
    lostNames: text === undefined || mistakes.length > 0 ? undefined : [],
    report({ path: [, index], message, severity, hint }) {
      const line = lines[index as number]!
      reading.problems.push({
        file: place,
        line,
        col: 1,
        path: '',
        message,
        severity,
        ...(hint !== undefined && { hint }),
      })
    },
    nameOf: (index) => `line ${lines[index]} of ${path}`,
  }
}
