// JSON from a store or a disk: it may come from another version, another program or a bad disk, and what it says is still to be
// checked.

/** Never throws: undefined, which no JSON says, where the text has more than `most` characters or is not JSON. */
export function readJson(text: string, most = Number.POSITIVE_INFINITY): unknown {
  if (text.length > most) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
