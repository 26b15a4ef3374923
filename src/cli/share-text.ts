// Shares in words: percentages with one decimal, and who gets how much.

import type { Shares } from '../app/rehearsal/shares.ts'
import { printRcode } from '../io/ask/mnemonic.ts'

const SHOWN = 4

/** `7.3 %`; what is there and rounds to nothing is `<0.1 %`. */
export function printPercent(share: number): string {
  if (share > 0 && share < 0.0005) return '<0.1 %'
  return `${(100 * share).toFixed(1)} %`
}

/** `3 names`, `1 name`. */
export function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : /(s|x|ch)$/.test(what) ? 'es' : 's'}`
}

/** The first few and how many more: `country DE, country FR and 12 more`. */
export function printSome(texts: readonly string[], most = SHOWN): string {
  if (texts.length <= most) return texts.join(', ')
  return `${texts.slice(0, most - 1).join(', ')} and ${texts.length - most + 1} more`
}

/** Pools by share: `us 90.0 %, eu 10.0 %`; one that gets everything is told by its name. */
export function printPools({ rcode, pools, records, isExact }: Shares): string {
  if (rcode !== 0) return printRcode(rcode)
  const sorted = [...pools].sort((a, b) => b[1] - a[1])
  const text =
    sorted.length === 1 ? sorted[0]![0] : sorted.map(([pool, share]) => `${pool} ${printPercent(share)}`).join(', ')
  const nothing = records.size === 0 ? 'no data' : ''
  return [`${isExact || sorted.length < 2 ? '' : '≈ '}${text}`, nothing].filter((part) => part !== '').join(': ')
}

/** Records by share, those alone that `other` gives otherwise. */
export function printRecords(shares: Shares, other: Shares): string {
  const differing = [...shares.records].filter(([data, { share }]) => {
    const there = other.records.get(data)
    return there === undefined || Math.abs(there.share - share) > 1e-9
  })
  const isWhole = shares.records.size === 1
  const labels = differing
    .sort((a, b) => b[1].share - a[1].share)
    .map(([, { label, share }]) => (isWhole ? label : `${label} ${printPercent(share)}`))
  return printSome(labels)
}
