// Pools of all types in the files of a configuration: what loads, and what is wrong with what does not, with its place.

import { describe, expect, test } from 'vitest'
import { loadNode } from '../../src/app/load.ts'
import { printProblem } from '../../src/core/base/problem.ts'
import { openFolder } from '../support/folder.ts'

interface Text {
  readonly www?: string
  readonly pools: string
  readonly services?: string
  readonly shared?: string
}

function zoneText({ www = '{ service: web }', pools, services = 'web: { steer: p }' }: Text): string {
  return `zone: example.com
soa: { rname: hostmaster }
ns: [ns1]
records:
  ns1: { A: 192.0.2.53 }
  www: ${www}
checks:
  up: { tcp: { port: 80 } }
pools:
${pools.replace(/^/gm, '  ')}
services:
${services.replace(/^/gm, '  ')}
`
}

function load(text: Text) {
  using folder = openFolder({
    'meridian.yaml': text.shared === undefined ? 'zones: zones\n' : 'zones: zones\ninclude: shared.yaml\n',
    'zones/example.com.yaml': zoneText(text),
    ...(text.shared !== undefined && { 'shared.yaml': text.shared }),
  })
  const { loaded, problems } = loadNode(`${folder.path}/meridian.yaml`, 1)
  return { loaded, problems: problems.map((problem) => printProblem(problem).replaceAll(`${folder.path}/`, '')) }
}

/** Without the file and what comes after the message. */
const told = (text: Text): string[] =>
  load(text).problems.map((line) => line.replace(/^zones\/example\.com\.yaml:/, ''))

test('targets of every kind are read; those that are probed have a subject of their own', () => {
  const { loaded, problems } = load({
    pools: `p:
  check: up
  targets:
    - { address: 192.0.2.1 }
    - { https: "1 . alpn=h2,h3 ipv4hint=auto" }
    - { svcb: "1 svc ipv4hint=192.0.2.1" }
    - { srv: "10 5 443 host", probe_at: "192.0.2.9:443" }
    - { mx: 10 mail, weight: 3 }
    - { txt: "v=spf1 -all", drained: true }`,
  })
  expect(problems).toEqual([])
  expect(loaded!.subjects.map(({ subject }) => subject)).toEqual([
    'example.com/up@192.0.2.1:80',
    'example.com/up@192.0.2.9:443',
  ])
  expect(loaded!.rows.map(({ target, subject, isDrained }) => [target, subject !== undefined, isDrained])).toEqual([
    ['192.0.2.1', true, false],
    ['HTTPS 1 . alpn=h2,h3 ipv4hint=auto', false, false],
    ['SVCB 1 svc ipv4hint=192.0.2.1', false, false],
    ['SRV 10 5 443 host', true, false],
    ['MX 10 mail', false, false],
    ['TXT v=spf1 -all', false, true],
  ])
})

describe('a target', () => {
  test.each([
    [
      '{ weight: 1 }',
      '11:15 pools.p.targets[0]: expected one of address, cname, https, svcb, srv, mx or txt, found none',
    ],
    [
      '{ address: 192.0.2.1, mx: 10 m }',
      '11:15 pools.p.targets[0]: expected one of address, cname, https, svcb, srv, mx or txt, found address and mx',
    ],
    ['{ mx: mail }', '11:21 pools.p.targets[0].mx: MX preference: expected a number from 0 to 65535, found "mail"'],
    [
      '{ srv: "1 1 443" }',
      '11:22 pools.p.targets[0].srv: SRV target: expected a domain name, found the end of the record',
    ],
    [
      '{ https: "1 . alnp=h2" }',
      '11:24 pools.p.targets[0].https: HTTPS params: expected parameters such as alpn=h2,h3 port=8443, each once, found the unknown key "alnp"; did you mean "alpn"?',
    ],
    [
      '{ https: "1 . ipv4hint=auto" }',
      '11:24 pools.p.targets[0].https: expected IPv4 targets in the pool for ipv4hint=auto, found none',
    ],
    [
      '{ https: "0 x ipv4hint=auto" }',
      '11:24 pools.p.targets[0].https: HTTPS params: expected no hints beside the priority 0, found auto',
    ],
    [
      '{ address: 192.0.2.1 }, { https: "1 . ipv4hint=192.0.2.1,192.0.2.2" }',
      '11:48 pools.p.targets[1].https: expected hints that are addresses of the pool, found ipv4hint=192.0.2.2',
    ],
    [
      '{ address: 192.0.2.1 }, { https: "1 . ipv6hint=2001:db8::1" }',
      '11:48 pools.p.targets[1].https: expected hints that are addresses of the pool, found ipv6hint=2001:db8::1',
    ],
    [
      '{ address: 192.0.2.1 }, { https: "1 . mandatory=ipv4hint ipv4hint=192.0.2.1" }',
      '11:48 pools.p.targets[1].https: expected no hints among the mandatory parameters, found some: they are left out while no target is up',
    ],
    ['{ mx: 10 a }, { mx: 10 A }', undefined],
    ['{ mx: 10 a }, { mx: 10  a }', '11:35 pools.p.targets[1].mx: expected each target once, found MX 10 a again'],
    [
      '{ address: 192.0.2.1 }, { cname: lb }',
      '11:48 pools.p.targets[1].cname: expected CNAME targets alone in a pool, found 192.0.2.1 beside one',
    ],
  ])('%s', (targets, expected) => {
    const problems = told({ pools: `p: { answers: 1,\n targets: [ ${targets} ] }` }).map((line) => line.split(' (')[0])
    expect(problems.map((line) => line!.replace('error: ', ''))).toEqual(expected === undefined ? [] : [expected])
  })

  test('a pool of CNAMEs gives one at a time', () => {
    expect(told({ pools: 'p: { answers: 2, targets: [{ cname: lb.example.net. }] }' })[0]).toContain(
      'pools.p.answers: expected 1 for a pool of CNAME targets, found 2',
    )
  })

  test('names of an included pool are whole', () => {
    const [problem] = load({
      pools: 'q: { targets: [{ address: 192.0.2.1 }] }',
      shared: 'pools: { p: { targets: [{ mx: 10 mail }] } }\n',
    }).problems
    expect(problem).toMatch(/^shared\.yaml:1:\d+ .*pools\.p\.targets\[0\]\.mx: MX exchange: expected/)
    expect(problem).toContain('write the whole name, with a final dot')
    const whole = {
      pools: 'q: { targets: [{ address: 192.0.2.1 }] }',
      shared: 'pools: { p: { targets: [{ mx: 10 mail.example.net. }] } }\n',
    }
    expect(load(whole).problems).toEqual([])
  })
})

const families = `both: { targets: [{ address: 192.0.2.1 }, { address: "2001:db8::1" }] }
four: { targets: [{ address: 192.0.2.2 }] }
lb: { targets: [{ cname: lb.example.net. }] }
edge: { targets: [{ cname: edge.example.net. }] }`

describe('CNAME pools', () => {
  test('are refused in one tree with others, where they stand', () => {
    const services = 'web: { steer: { failover: [both, lb, inner] } }\ninner: { steer: edge }'
    expect(told({ pools: families, services })).toEqual([
      expect.stringMatching(
        /services\.web\.steer\.failover\[1\]: expected lb alone .* because its targets are CNAMEs; found both \(A, AAAA\) in the same tree/,
      ),
      expect.stringMatching(/services\.web\.steer\.failover\[2\]: expected inner alone/),
    ])
  })

  test('are refused at the apex and beside other data, and may stand elsewhere', () => {
    const services = 'web: { steer: { failover: [lb, edge] } }'
    expect(told({ pools: families, services })).toEqual([])
    expect(told({ pools: families, services, www: '{ service: web, TXT: x, MX: 10 m.example.net. }' })).toEqual([
      expect.stringContaining('expected nothing beside the CNAME pools of www.example.com., found TXT, MX'),
    ])
    expect(told({ pools: families, services, www: '{ A: 192.0.2.1 }\n  "@": { service: web }' })).toEqual([
      expect.stringContaining('expected no service of CNAME pools at the apex example.com.'),
    ])
  })
})

describe('a type that some clients could not get', () => {
  test('behind a fence, or in the rest, is refused where it is lacking', () => {
    const services = `web:
  steer:
    geo:
      - { where: [country DE], to: four, fence: true }
      - { where: [country FR], to: four }
      - { to: both }`
    expect(told({ pools: families, services })[0]).toMatch(
      /services\.web\.steer\.geo\[0\]\.to: expected AAAA in a branch that clients cannot leave, as service web holds it elsewhere; found A/,
    )
    const rest =
      'web: { steer: { geo: [{ where: [country FR], to: both }, { to: inner }] } }\ninner: { steer: { failover: [four] } }'
    expect(told({ pools: families, services: rest })[0]).toMatch(/services\.web\.steer\.geo\[1\]\.to: expected AAAA/)
  })

  test('from elsewhere is a warning: A and AAAA may lead to different pools', () => {
    const { loaded, problems } = load({ pools: families, services: 'web: { steer: { failover: [four, both] } }' })
    expect(loaded).toBeDefined()
    expect(problems).toEqual([
      expect.stringMatching(
        /services\.web: .*expected AAAA targets in all pools of a service or in none, found them in both and not in four \(clients of a pool without AAAA get that from another pool than the rest\)/,
      ),
    ])
  })

  test('is fine behind a fence that nobody is left alone with', () => {
    const services =
      'web: { steer: { failover: [{ geo: [{ where: [country DE], to: four, fence: true }, { to: both }] }, both] } }'
    expect(load({ pools: families, services }).loaded).toBeDefined()
  })
})

describe('all_down', () => {
  test.each([
    ['opne', 'expected open, closed or the name of a pool, found "opne" (did you mean "open"?)'],
    ['inner', 'expected open, closed or the name of a pool, found the service "inner"'],
    ['four', 'expected a pool that holds all types of the service, found four without AAAA'],
    ['lb', 'expected a pool that holds all types of the service, found lb without A, AAAA'],
  ])('%s is refused', (allDown, message) => {
    const services = `web: { all_down: ${allDown}, steer: both }\ninner: { steer: both }`
    const problems = told({ pools: families, services })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(`services.web.all_down: ${message}`)
  })

  test.each(['open', 'closed', 'both'])('%s is taken', (allDown) => {
    expect(load({ pools: families, services: `web: { all_down: ${allDown}, steer: both }` }).problems).toEqual([])
  })
})

test('a record of a type that the service holds is never used, and that is said', () => {
  const pools = 'p: { targets: [{ address: 192.0.2.1 }, { txt: x }] }'
  expect(told({ pools, www: '{ service: web, TXT: y, CAA: 0 issue "ca.example.net" }' })).toEqual([
    expect.stringContaining('TXT beside a service whose pools hold such targets is never used'),
  ])
})
