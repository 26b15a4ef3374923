// icmp, for real: in a network namespace of its own, whose sysctls say who may ping and what answers.

import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import type { Seen } from '../../src/io/probe/check.ts'

const icmp = new URL('../../src/io/probe/checks/icmp.ts', import.meta.url).href
const kit = new URL('../../src/io/probe/kit.ts', import.meta.url).href

/** One probe in a namespace with nothing but a loopback interface. */
function probe(address: string, { range = '0 2147483647', setup = ':', limitMs = 300 } = {}): Seen {
  const program = `
    const { icmp } = await import(${JSON.stringify(icmp)})
    const { openKit } = await import(${JSON.stringify(kit)})
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('timed out after ${limitMs}ms')), ${limitMs})
    const seen = await icmp.run(icmp.config.parse({}), { address: ${JSON.stringify(address)}, port: 0 }, controller.signal, openKit())
    console.log(JSON.stringify({ ...seen, ok: seen.ok ?? 'unknown' }))
    process.exit()`
  const script = `ip link set lo up; echo "${range}" > /proc/sys/net/ipv4/ping_group_range; ${setup}; exec "$0" --input-type=module -e "$1"`
  const said = execFileSync('unshare', ['--net', 'sh', '-c', script, process.execPath, program], { encoding: 'utf8' })
  const seen = JSON.parse(said) as Omit<Seen, 'ok'> & { ok: boolean | 'unknown' }
  return { ...seen, ok: seen.ok === 'unknown' ? undefined : seen.ok }
}

describe.each(['127.0.0.1', '::1'])('icmp to %s', (address) => {
  test('a target that answers is a success, with its time', () => {
    const seen = probe(address)
    expect(seen).toMatchObject({ ok: true, detail: 'it answers' })
    expect(seen.firstByteMs).toBeGreaterThan(0)
    expect(seen.firstByteMs).toBeLessThanOrEqual(seen.tookMs)
  })

  test('a target that is silent is a failure when the time is up', () => {
    const quiet = 'echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all; echo 1 > /proc/sys/net/ipv6/icmp/echo_ignore_all'
    expect(probe(address, { setup: quiet })).toMatchObject({
      ok: false,
      detail: 'timed out after 300ms while waiting for the answer',
    })
  })

  test('for who may not ping it cannot be found out', () => {
    expect(probe(address, { range: '1 0' })).toMatchObject({
      ok: undefined,
      detail: 'not probed: this user may not ping: the sysctl net.ipv4.ping_group_range leaves the group out',
    })
  })
})

test.each(['192.0.2.1', '2001:db8::1'])('%s, to which there is no way, is a failure at once', (address) => {
  expect(probe(address, { limitMs: 5000 })).toMatchObject({ ok: false, detail: 'network unreachable' })
})
