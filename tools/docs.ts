// Writes docs/reference.md and docs/schema/*.json from the schemas that check the configuration. A test regenerates both and
// compares (test/house/docs.test.ts); after a change of a schema: npm run docs.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { networksConfig, nodeConfig, sharedConfig, zoneFileConfig } from '../src/app/config.ts'
import { printJsonSchema } from '../src/io/config/json-schema.ts'
import { printReference } from '../src/io/config/reference.ts'

interface ConfigFile {
  /** The name of its JSON Schema. */
  readonly name: string
  readonly title: string
  readonly intro: string
  readonly schema: z.ZodType
}

const files: readonly ConfigFile[] = [
  {
    name: 'meridian',
    title: 'meridian.yaml',
    intro: 'One file per node. `npx meridian check` checks it, and everything that it names.',
    schema: nodeConfig,
  },
  {
    name: 'zone',
    title: 'zones/*.yaml',
    intro: 'One file per zone. Checks, pools and services that stand here are seen by this zone alone.',
    schema: zoneFileConfig,
  },
  {
    name: 'shared',
    title: 'Included files',
    intro: 'What `include` in meridian.yaml names. Every zone may use what stands there.',
    schema: sharedConfig,
  },
  {
    name: 'networks',
    title: 'geo/networks.yaml',
    intro: "The operator's own networks: the file that `geo.networks` in meridian.yaml names.",
    schema: networksConfig,
  },
]

const head = `# Reference

Every key of every file, printed from the schemas that check them: do not edit, run \`npm run docs\`.

Paths count from the file they stand in. Any text may hold \`\${NAME}\`, an environment variable, or \`\${NAME:-otherwise}\`;
a plain \`\${\` is written \`$\${\`. A secret may be given by the path of a file instead: \`password_file\` for \`password\`.
An unknown key is a mistake.`

/** The generated files by path, from the root of the project. */
export function generateDocs(): Map<string, string> {
  const generated = new Map([['docs/reference.md', `${head}\n\n${printReference(files)}`]])
  for (const { name, schema } of files) {
    generated.set(`docs/schema/${name}.json`, printJsonSchema(schema, `${name}.json`))
  }
  return generated
}

function writeDocs(): void {
  for (const [path, text] of generateDocs()) {
    const file = fileURLToPath(new URL(`../${path}`, import.meta.url))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

if (import.meta.main) writeDocs()
