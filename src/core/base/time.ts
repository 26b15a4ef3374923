// Moments as people read them.

/** Unix seconds → `2026-01-01T12:30:00Z`. */
export function printTime(epochSec: number): string {
  return new Date(1000 * epochSec).toISOString().replace('.000Z', 'Z')
}
