// What stands in the manual's pages: blocks of code, headings, links.

export interface Block {
  /** From the root of the project. */
  readonly page: string
  /** Of its opening fence, 1-based. */
  readonly line: number
  readonly language: string
  /** What follows the language on the fence, such as `fragment`. */
  readonly mark: string
  readonly text: string
}

export interface Link {
  readonly page: string
  readonly line: number
  readonly target: string
}

export function readBlocks(page: string, text: string): Block[] {
  const blocks: Block[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const fence = /^```(\w*) *(.*)$/.exec(lines[at]!)
    if (!fence) continue
    const end = lines.indexOf('```', at + 1)
    if (end === -1) throw new Error(`${page}:${at + 1} opens a block that nothing closes`)
    const inside = lines.slice(at + 1, end).map((line) => `${line}\n`)
    blocks.push({ page, line: at + 1, language: fence[1]!, mark: fence[2]!, text: inside.join('') })
    at = end
  }
  return blocks
}

/** Lines of `sh` blocks, each with the `text` block right after its own that says what it prints. */
export function readCommands(page: string, text: string): { line: string; printed: string | undefined }[] {
  const blocks = readBlocks(page, text)
  return blocks.flatMap((block, i) => {
    if (block.language !== 'sh') return []
    const commands = block.text.trim().split('\n')
    const next = blocks[i + 1]
    const isNext = next?.language === 'text' && next.line === block.line + commands.length + 3
    if (isNext && commands.length > 1) throw new Error(`${page}:${next.line} is the output of several commands`)
    return commands.map((line) => ({ line, printed: isNext ? next.text : undefined }))
  })
}

function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, ''))
}

export function readLinks(page: string, text: string): Link[] {
  return withoutBlocks(text)
    .split('\n')
    .flatMap((line, i) =>
      [...line.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => ({ page, line: i + 1, target: target! })),
    )
}

/** Headings of one level, or of all. */
export function readHeadings(text: string, level?: number): string[] {
  const marks = level === undefined ? '#{1,6}' : `#{${level}}`
  return [...withoutBlocks(text).matchAll(new RegExp(`^${marks} (.*)$`, 'gm'))].map(([, heading]) => heading!)
}

/** What a heading is called in links, as GitHub has it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
}

/**
 * The page's words where the text is as they say, else the text. In the page `…` stands for any words, alone on a line for any
 * lines; how wide blanks are does not matter.
 */
export function asPrinted(text: string, page: string): string {
  const lines = page.trimEnd().split('\n')
  const pattern = lines.map((line) => (line === '…' ? '(?:.*\\n)*?' : `${patternOf(line)}[ \\t]*\\n`)).join('')
  return new RegExp(`^${pattern}$`).test(`${text.trimEnd()}\n`) ? page : text
}

function patternOf(line: string): string {
  return line
    .trimEnd()
    .split('…')
    .map((words) =>
      words
        .split(/[ \t]+/)
        .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('[ \\t]+'),
    )
    .join('.*')
}
