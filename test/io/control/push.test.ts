// POST /push over real connections: whose token it takes, and what it says of mistakes.

import { expect, onTestFinished, test } from 'vitest'
import { takePush } from '../../../src/app/push.ts'
import { openAdmin } from '../../../src/io/control/admin.ts'
import type { NodeActs, NodeFacts } from '../../../src/io/control/node.ts'
import { checkConfig } from '../../../src/io/probe/checks/index.ts'
import { keepLog } from '../store/samples.ts'

const token = 'the-application-itself'
const tokens = { read: 'reading-is-allowed', operate: 'operating-is-allowed' }
const check = checkConfig.parse({ push: { token } })
const other = checkConfig.parse({ push: { token: 'another-application' } })
const subjects = [
  { subject: 'example.com/self@192.0.2.10:0', check, address: '192.0.2.10', port: 0 },
  { subject: 'example.com/self@192.0.2.11:443', check, address: '192.0.2.11', port: 443 },
  { subject: '*/mail@192.0.2.10:0', check: other, address: '192.0.2.10', port: 0 },
]

async function open(isProbing = true) {
  const heard: unknown[][] = []
  const prober = isProbing ? { push: (...report: unknown[]) => void heard.push(report) } : undefined
  const node: NodeFacts & NodeActs = {
    metricsText: () => '',
    ready: () => ({ ready: true }),
    status: () => ({}),
    explain: () => ({ ok: true, value: {} }),
    overrides: () => [],
    order: () => expect.unreachable(),
    push: (push) => takePush({ subjects, prober }, push),
  }
  const listen = { address: '127.0.0.1', port: 0 }
  const admin = await openAdmin({ listen, node, log: keepLog(), tokens: () => tokens })
  onTestFinished(() => admin.close())
  const at = `http://127.0.0.1:${admin.endpoint.port}`
  const post = async (body: unknown, bearer: string | undefined = token, path = '/push') => {
    const authorization: Record<string, string> = bearer === '' ? {} : { authorization: `Bearer ${bearer}` }
    const headers = { 'content-type': 'application/json', ...authorization }
    const response = await fetch(at + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, ...((await response.json()) as { error?: string }) }
  }
  return { post, heard, admin, at }
}

const body = { check: 'example.com/self', target: '192.0.2.10', ok: true }

test('a report with the token of its check goes to the prober', async () => {
  const { post, heard } = await open()
  expect(await post({ ...body, load: 73, reason: 'busy' })).toMatchObject({
    status: 200,
    subject: subjects[0]!.subject,
  })
  expect(await post({ ...body, target: '192.0.2.11:443', ok: false })).toMatchObject({ status: 200 })
  expect(await post({ ...body, target: '192.0.2.11' })).toMatchObject({ status: 200 })
  expect(await post({ ...body, check: '*/mail' }, 'another-application')).toMatchObject({ status: 200 })
  expect(heard).toEqual([
    [subjects[0]!.subject, { ok: true, load: 73, reason: 'busy' }],
    [subjects[1]!.subject, { ok: false }],
    [subjects[1]!.subject, { ok: true }],
    [subjects[2]!.subject, { ok: true }],
  ])
})

const wanted = 'expected the name of a push check, and its token in the header Authorization, found'
test.each([
  ['no token', '', body, 'none'],
  ['another token', 'not-the-right-token', body, 'another one'],
  ['the token of another check', 'another-application', body, 'another one'],
  ['the token of operators', tokens.operate, body, 'another one'],
  ['a check that is not there', token, { ...body, check: 'example.com/other' }, 'another one'],
])('%s is refused', async (_, bearer, report, found) => {
  const { post, heard, admin } = await open()
  expect(await post(report, bearer)).toEqual({ status: 401, error: `${wanted} ${found}` })
  expect(heard).toEqual([])
  expect(admin.refused()).toBe(1)
})

test('its token neither reads nor operates', async () => {
  const { post, at } = await open()
  const order = { subjects: ['eu'], author: 'ada', why: 'x', for: '1m' }
  expect((await post(order, token, '/drain')).status).toBe(401)
  expect((await fetch(`${at}/status`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
})

test.each([
  [{ ...body, ok: 'yes' }, 400, 'ok: expected true or false'],
  [{ ...body, load: -1 }, 400, 'load: expected a load of at least 0'],
  [{ ...body, laod: 1 }, 400, 'unknown "laod"'],
  [{ ...body, reason: 'two\nlines' }, 400, 'reason: expected one line without control characters'],
  [
    { ...body, target: '192.0.2.99' },
    404,
    'expected a target of example.com/self (192.0.2.10, 192.0.2.11:443), found "192.0.2.99"',
  ],
  [
    { ...body, target: '192.0.2.11:80' },
    404,
    'expected a target of example.com/self (192.0.2.10, 192.0.2.11:443), found "192.0.2.11:80"',
  ],
])('%j is answered with %i', async (report, status, error) => {
  const { post, heard } = await open()
  expect(await post(report)).toEqual({ status, error })
  expect(heard).toEqual([])
})

test('a node that does not probe says so', async () => {
  const { post } = await open(false)
  expect(await post(body)).toEqual({
    status: 409,
    error: 'this node does not probe (prober: false), so it takes no reports: push to one that does',
  })
})
