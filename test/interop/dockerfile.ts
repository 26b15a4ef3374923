// A Dockerfile as instructions, and what a good one keeps to. Docker itself is not needed for either.

export interface Instruction {
  readonly name: string
  /** Flags such as `--from=build`, without the dashes. */
  readonly flags: Readonly<Record<string, string>>
  readonly rest: string
  readonly line: number
}

export interface Stage {
  readonly name: string
  readonly base: string
  readonly instructions: readonly Instruction[]
}

/** The stages in order. Understands what ours uses: comments, continued lines, flags, the shell and the JSON form. */
export function parseDockerfile(text: string): Stage[] {
  const stages: (Stage & { instructions: Instruction[] })[] = []
  for (const instruction of instructionsOf(text)) {
    const from = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(instruction.rest)
    if (instruction.name !== 'FROM') stages.at(-1)?.instructions.push(instruction)
    else stages.push({ name: from?.[2] ?? `${stages.length}`, base: from?.[1] ?? instruction.rest, instructions: [] })
    if (stages.length === 0) throw new Error(`line ${instruction.line}: ${instruction.name} before FROM`)
  }
  return stages
}

function instructionsOf(text: string): Instruction[] {
  const found: Instruction[] = []
  let logical = ''
  let start = 0
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue // a comment between continued lines is none of theirs
    if (logical === '') start = index + 1
    logical += line.replace(/\\$/, '')
    if (line.endsWith('\\')) continue
    found.push(parseInstruction(logical, start))
    logical = ''
  }
  return found
}

function parseInstruction(text: string, line: number): Instruction {
  const parts = /^\s*([A-Za-z]+)\s+((?:--[a-z-]+=\S+\s+)*)(.*?)\s*$/s.exec(text)
  if (!parts) throw new Error(`line ${line}: not an instruction: ${text}`)
  const flags = Object.fromEntries(
    [...parts[2]!.matchAll(/--([a-z-]+)=(\S+)/g)].map(([, name, value]) => [name!, value!]),
  )
  return { name: parts[1]!.toUpperCase(), flags, rest: parts[3]!, line }
}

/** The words of the JSON form; undefined for the shell form. */
export function wordsOf(rest: string): string[] | undefined {
  if (!rest.startsWith('[')) return undefined
  const words: unknown = JSON.parse(rest)
  return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined
}

export function sourcesOf(copy: Instruction): { sources: string[]; target: string } {
  const words = copy.rest.split(/\s+/)
  return { sources: words.slice(0, -1), target: words.at(-1)! }
}

/** Whether the builder sees a file, by the lines of .dockerignore: the last pattern that matches it or a folder above decides. */
export function isSent(ignore: string, path: string): boolean {
  const parts = path.split('/')
  const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  let isIgnored = false
  for (const line of ignore.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const pattern = line.replace(/^!/, '').replace(/\/$/, '')
    if (prefixes.some((prefix) => ignoreExpression(pattern).test(prefix))) isIgnored = !line.startsWith('!')
  }
  return !isIgnored
}

/** Go's patterns, in which, unlike in a shell's, `*` also matches a name that begins with a dot. */
function ignoreExpression(pattern: string): RegExp {
  const tokens = pattern.match(/\*\*\/?|\*|\?|[^*?]+/g) ?? []
  const source = tokens.map((token) => {
    if (token === '*') return '[^/]*'
    if (token === '?') return '[^/]'
    return token.startsWith('**') ? '.*' : token.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${source.join('')}$`)
}

/** What is wrong, one sentence each. `isThere` says whether a path of the context exists and is sent to the builder. */
export function lintDockerfile(text: string, isThere: (path: string) => boolean): string[] {
  const stages = parseDockerfile(text)
  const found = stages.flatMap((stage, index) => [
    ...lintBase(stage, stages.slice(0, index)),
    ...stage.instructions.flatMap((instruction) => lintInstruction(instruction, stages.slice(0, index), isThere)),
  ])
  const last = stages.at(-1)
  return last ? [...found, ...lintUser(last), ...lintMetadata(last), ...lintOrder(stages)] : ['there is no stage']
}

function lintBase({ base }: Stage, earlier: readonly Stage[]): string[] {
  if (earlier.some((stage) => stage.name === base)) return []
  const tag = /^[^@:]+(?::([^@]+))?(@.+)?$/.exec(base)
  if (tag?.[1] === undefined) return [`FROM ${base} has no tag`]
  return tag[1] === 'latest' ? [`FROM ${base} is another image tomorrow`] : []
}

function lintInstruction(
  instruction: Instruction,
  earlier: readonly Stage[],
  isThere: (path: string) => boolean,
): string[] {
  const { name, rest, flags, line } = instruction
  const say = (message: string): string => `line ${line}: ${message}`
  if (name === 'ADD') return [say('ADD also unpacks and downloads: COPY')]
  if (name === 'COPY' && flags.from !== undefined) {
    return earlier.some((stage) => stage.name === flags.from) ? [] : [say(`there is no earlier stage ${flags.from}`)]
  }
  if (name === 'COPY') {
    const missing = sourcesOf(instruction).sources.filter((source) => !isThere(source))
    return missing.map((source) => say(`${source} does not exist, or .dockerignore leaves it out`))
  }
  if ((name === 'ENV' || name === 'ARG') && /PASSWORD|SECRET|TOKEN|_KEY/i.test(rest))
    return [say('a secret would stay in the image')]
  if ((name === 'ENTRYPOINT' || name === 'CMD') && !wordsOf(rest))
    return [say(`${name} in shell form keeps signals from us`)]
  return name === 'RUN' ? lintRun(rest).map(say) : []
}

function lintRun(command: string): string[] {
  const found: string[] = []
  if (/\bsudo\b/.test(command)) found.push('sudo has no place in a build')
  if (/(curl|wget)\b[^&;]*\|\s*(ba)?sh/.test(command)) found.push('runs what it downloads')
  if (/npm (install|i)\b/.test(command)) found.push('npm install may choose other versions: npm ci')
  if (!command.includes('apt-get install')) return found
  if (!/apt-get update.*apt-get install/s.test(command))
    found.push('apt-get install without update in the same layer uses an old list')
  if (!/apt-get install[^&]*\s-y\b/.test(command)) found.push('apt-get install without -y asks')
  if (!command.includes('--no-install-recommends')) found.push('apt-get install brings recommended packages')
  if (!/rm -rf [^&]*\/var\/lib\/apt\/lists\/\*/.test(command)) found.push('the lists of apt stay in the layer')
  return found
}

function lintUser({ instructions }: Stage): string[] {
  const at = instructions.findLastIndex(({ name }) => name === 'USER')
  if (at === -1) return ['the image runs as root: no USER']
  const late = instructions.slice(at).find(({ name }) => ['RUN', 'COPY', 'WORKDIR'].includes(name))
  if (late) return [`line ${late.line}: ${late.name} after USER`]
  const user = instructions[at]!.rest
  return /^[1-9]\d*(:[1-9]\d*)?$/.test(user)
    ? []
    : [`USER ${user} is not a number above 0, so nothing can tell that it is not root`]
}

function lintMetadata({ instructions }: Stage): string[] {
  const of = (name: string): string => instructions.findLast((instruction) => instruction.name === name)?.rest ?? ''
  const found: string[] = []
  for (const name of ['ENTRYPOINT', 'CMD', 'STOPSIGNAL', 'HEALTHCHECK', 'EXPOSE'])
    if (of(name) === '') found.push(`there is no ${name}`)
  for (const port of ['53/udp', '53/tcp']) if (!of('EXPOSE').includes(port)) found.push(`${port} is not exposed`)
  return found
}

/** What changes rarely comes first, so that a change of the source does not install all packages again. */
function lintOrder(stages: readonly Stage[]): string[] {
  return stages.flatMap(({ instructions }) => {
    const source = instructions.findIndex(({ name, rest }) => name === 'COPY' && /\b(src|\.)\s/.test(`${rest} `))
    const install = instructions.findIndex(({ name, rest }) => name === 'RUN' && /(npm ci|apt-get)/.test(rest))
    return source !== -1 && install > source
      ? [`line ${instructions[install]!.line}: installs after the source was copied`]
      : []
  })
}
