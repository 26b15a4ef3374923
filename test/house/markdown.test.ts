import { expect, test } from 'vitest'
import { anchorOf, asPrinted, readBlocks, readCommands, readHeadings, readLinks } from './markdown.ts'

const page = `# A page

See [the other](other.md#part), [far](https://www.example.com/x).

\`\`\`sh
meridian one
\`\`\`

\`\`\`text
# not a heading, and no [link](nowhere.md)
\`\`\`

## Part \`x\` of it, …

\`\`\`yaml fragment
a: 1
\`\`\`
`

test('blocks come with their language, mark and place', () => {
  expect(readBlocks('p.md', page).map(({ line, language, mark, text }) => [line, language, mark, text])).toEqual([
    [5, 'sh', '', 'meridian one\n'],
    [9, 'text', '', '# not a heading, and no [link](nowhere.md)\n'],
    [15, 'yaml', 'fragment', 'a: 1\n'],
  ])
})

test('a block that nothing closes is a mistake', () => {
  expect(() => readBlocks('p.md', 'x\n```sh\ny\n')).toThrow('p.md:2 opens a block that nothing closes')
})

test('a command has the output right after it, and no other', () => {
  expect(readCommands('p.md', page)).toEqual([
    { line: 'meridian one', printed: '# not a heading, and no [link](nowhere.md)\n' },
  ])
  const apart = page.replace('```\n\n```text', '```\n\nThen:\n\n```text')
  expect(readCommands('p.md', apart)).toEqual([{ line: 'meridian one', printed: undefined }])
})

test('links and headings are those outside of blocks', () => {
  expect(readLinks('p.md', page).map(({ line, target }) => [line, target])).toEqual([
    [3, 'other.md#part'],
    [3, 'https://www.example.com/x'],
  ])
  expect(readHeadings(page)).toEqual(['A page', 'Part `x` of it, …'])
  expect(readHeadings(page, 2)).toEqual(['Part `x` of it, …'])
})

test.each([
  ['When Redis fails', 'when-redis-fails'],
  ['zones/*.yaml', 'zonesyaml'],
  ['`bin/` and `tools/` beside `src/`', 'bin-and-tools-beside-src'],
  ['listen-in-use', 'listen-in-use'],
])('the heading %s is linked as %s', (heading, anchor) => expect(anchorOf(heading)).toBe(anchor))

test.each([
  ['a\nb\n', 'a\nb\n'],
  ['a   b\t c', 'a b c'],
  ['a\nb\nc\nd', '…\nc\n…'],
  ['took 12.5 ms in all', 'took … ms in all'],
])('%j is printed as %j', (text, words) => expect(asPrinted(text, words)).toBe(words))

test.each([
  ['a\nb', 'a'],
  ['a\nb', 'b'],
  ['ab', 'a b'],
  ['a.c', 'abc'],
  ['abc', 'a.c'],
  ['a\nb', '…\nc\n…'],
])('seen to fail: %j is not %j', (text, words) => expect(asPrinted(text, words)).toBe(text))
