// Which nodes there are, and which of them have taken up an order. A node lives while its publications count on, by our own clock.

import type { Entry, Replica } from '../core/health/override-book.ts'

export interface Peer {
  readonly node: string
  readonly answers: boolean
  /** Since its last publication; it publishes once a second. */
  readonly silentMs: number
}

export interface Peers {
  /** What the store holds, in one read. */
  observe(replicas: readonly Replica[], nowMs: number): void
  /** Those that live, or did in our time. */
  list(nowMs: number): Peer[]
  /** When we first saw that a node has taken up an order; undefined: it has not. */
  tookUpMs(node: string, order: Entry): number | undefined
  /** Whether a node has this very entry, or a later one: what was taken back included. */
  has(node: string, entry: Entry): boolean
}

interface Known {
  run: number
  sequence: number
  answers: boolean
  heardMs: number
  /** It has counted on since we saw it first: what was found in the store may be of a node long gone. */
  lives: boolean
  /** By the order's id. */
  readonly tookUp: Map<string, number>
  entries: readonly Entry[]
}

/** After this a node that has not counted on once is taken for one of the past. */
const PROOF_MS = 5000
/** Nodes that were heard this long ago are no longer spoken of. */
const FORGOTTEN_MS = 3_600_000

export function openPeers(own: string): Peers {
  const known = new Map<string, Known>()

  const observeOne = ({ node, run, sequence, answers, entries }: Replica, nowMs: number): void => {
    const before = known.get(node)
    const peer: Known = before ?? { run, sequence, answers, heardMs: nowMs, lives: false, tookUp: new Map(), entries }
    if (!before) known.set(node, peer)
    else if (run !== before.run || sequence !== before.sequence) {
      Object.assign(peer, { run, sequence, answers, heardMs: nowMs, lives: true })
    }
    peer.entries = entries
    const ids = new Set(entries.flatMap(({ id, isOver }) => (isOver ? [] : [id])))
    for (const id of ids) if (!peer.tookUp.has(id)) peer.tookUp.set(id, nowMs)
    for (const id of peer.tookUp.keys()) if (!ids.has(id)) peer.tookUp.delete(id)
  }

  return {
    observe(replicas, nowMs) {
      for (const replica of replicas) if (replica.node !== own) observeOne(replica, nowMs)
      for (const [node, peer] of known) if (nowMs - peer.heardMs > FORGOTTEN_MS) known.delete(node)
    },

    list: (nowMs) =>
      [...known]
        .filter(([, peer]) => peer.lives || nowMs - peer.heardMs <= PROOF_MS)
        .map(([node, { answers, heardMs }]) => ({ node, answers, silentMs: nowMs - heardMs }))
        .sort((a, b) => (a.node < b.node ? -1 : 1)),

    has: (node, entry) =>
      known.get(node)?.entries.some((other) => isAbout(other, entry) && other.version >= entry.version) === true,

    tookUpMs: (node, { id }) => known.get(node)?.tookUp.get(id),
  }
}

function isAbout(a: Entry, b: Entry): boolean {
  return a.kind === b.kind && a.scope === b.scope && a.pool === b.pool && a.target === b.target
}
