// Odds in words, for `explain`.

/** `12.5 %`, `50 %`. */
export function printOdds(share: number, total: number): string {
  return `${((100 * share) / total).toFixed(1).replace(/\.0$/, '')} %`
}
