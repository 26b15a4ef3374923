import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { Failure } from '../../../src/core/base/failure.ts'
import { type LogOptions, openLog, printLine } from '../../../src/io/telemetry/log.ts'

function open(options: Omit<LogOptions, 'to'>) {
  const lines: string[] = []
  return { lines, log: openLog({ ...options, to: { write: (line) => void lines.push(line) } }) }
}

test('a line is one JSON object with time, level, message and fields', () => {
  const { log, lines } = open({ level: 'info' })
  log.child({ node: 'ams-1' }).info({ zone: 'example.com' }, 'loaded')
  const { time, ...rest } = JSON.parse(lines[0]!)
  expect(rest).toEqual({ level: 'info', node: 'ams-1', zone: 'example.com', msg: 'loaded' })
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

test.each([
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['error', ['error']],
  ['silent', []],
] as const)('at level %s %j are written', (level, written) => {
  const { log, lines } = open({ level })
  for (const one of ['debug', 'info', 'warn', 'error'] as const) log[one]({}, 'x')
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(written)
})

test('an error keeps its code and its cause', () => {
  const { log, lines } = open({ level: 'info' })
  log.error({ error: new Failure('store-unreachable', 'no answer', new Error('ECONNRESET')) }, 'the store is lost')
  expect(JSON.parse(lines[0]!).error).toMatchObject({
    type: 'Failure',
    code: 'store-unreachable',
    message: expect.stringContaining('no answer'),
  })
  expect(lines[0]).toContain('ECONNRESET')
})

test('a password is never written', () => {
  const { log, lines } = open({ level: 'info' })
  log.info({ password: 'hunter2', redis: { password: 'hunter2' } }, 'configured')
  expect(lines[0]).not.toContain('hunter2')
})

test('for eyes: time, level, message, then the fields', () => {
  const { log, lines } = open({ level: 'info', pretty: true })
  log.warn({ code: 'store-unreachable', after: 3, reason: 'no answer', error: new Error('x y'), of: ['a'] }, 'lost')
  expect(lines[0]!.slice(13)).toBe(
    'warn  lost  code=store-unreachable  after=3  reason="no answer"  error="x y"  of=["a"]\n',
  )
  expect(printLine('{"level":"info","time":"2026-01-02T03:04:05.678Z","msg":"up"}\n')).toBe('03:04:05.678 info  up\n')
})

test.each([
  ['JSON', false, '"msg":"last words"'],
  ['lines for eyes', true, 'info  last words'],
])(
  'what is logged just before the process exits still reaches stderr, as %s, and stdout stays empty',
  (_, pretty, words) => {
    const log = JSON.stringify(new URL('../../../src/io/telemetry/log.ts', import.meta.url).href)
    const script = `import { openLog } from ${log}; const log = openLog({ level: 'info', pretty: ${pretty} }); for (let i = 0; i < 500; i++) log.info({ i }, 'words'); log.info({}, 'last words'); process.exit(3)`
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' })
    expect(stderr).toContain(words)
    expect(stderr.trim().split('\n')).toHaveLength(501)
  },
)
