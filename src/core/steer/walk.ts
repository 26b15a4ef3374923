// How long the walk through a tree is that finds nothing usable: so many nodes are looked at for one question. A service that is
// named twice is walked twice, and one that names the next one twice, and so on, doubles with each level: such a tree is refused
// when it is loaded, because one question to it would keep a thread for longer than a client waits.

/** About a millisecond. The largest trees that make sense (hundreds of countries, pools and networks) have some thousand nodes. */
const MOST = 20_000

/**
 * The nodes looked at from a node down, it included. `beneath` are those of its branches, each once; `most`: a client comes to
 * no more of these.
 */
export function walkFrom(beneath: readonly number[], most = beneath.length): number {
  const longest = beneath.length > most ? beneath.toSorted((a, b) => b - a).slice(0, most) : beneath
  return longest.reduce((sum, nodes) => sum + nodes, 1)
}

/** What is wrong with a node's walk, at the lowest node that it is wrong with. */
export function wrongWalk(beneath: readonly number[], walk: number): string | undefined {
  if (walk <= MOST || beneath.some((nodes) => nodes > MOST)) return undefined
  return `expected a tree of at most ${MOST} branches, found ${walk}: a service counts with all that is beneath it wherever it is named`
}
