// A small version of bench/attack.ts: a node held to a tenth of a processor and flooded with three times what it can answer. On a
// machine whose processors are shared with anybody the bounds are those that tell a node that holds from one that collapses;
// what it does when left alone is in bench/RESULTS.md.

import { expect, test } from 'vitest'
import { outcomeText, quickPlan, runAttacks } from '../../bench/attack.ts'
import { attacks } from '../../bench/attack-load.ts'

const plan = { ...quickPlan, share: 0.1, goodPerSecond: 200 }

test.each(attacks.filter((attack) => attack !== 'ANY'))(
  '%s: it goes on, good clients get their part, and the control plane its time',
  { timeout: 180_000 },
  async (attack) => {
    const { outcomes } = await runAttacks({ ...plan, attacks: [attack] })
    const outcome = outcomes[0]!
    process.stdout.write(`${outcomeText(outcome)}\n`)
    const { held, peak, goodShare, settledShare, adminMs, storeMs, targetsUp, grewMb, recoveredMs, restarts } = outcome
    // A queue that only holds what nobody waits for, or work that grows with the load, leaves a fraction of the peak.
    // Where the attacker himself is not let run, there is no more to answer than what came.
    expect(Math.max(held / peak, settledShare)).toBeGreaterThan(0.6)
    expect(goodShare).toBeGreaterThan(Math.min(1, settledShare) * 0.5)
    // Nothing timed out: a probe has 500 ms, a use of Redis as long.
    expect(targetsUp).toBe(1)
    expect(storeMs.most).toBeLessThan(500)
    expect(adminMs.most).toBeLessThan(1500)
    expect(restarts).toBe(0)
    expect(grewMb).toBeLessThan(64)
    expect(recoveredMs).toBeLessThanOrEqual(1000)
  },
)
