// Evidence: what one prober saw, as it is shared between nodes. A prober reports and never judges; ages are durations, so that
// no two hosts' clocks are ever compared.

/** What one prober believes about one probe subject, after its own rise and fall. */
export interface Sighting {
  /** `<zone>/<check>@<address>:<port>`; included checks have `*` for a zone. Equal on every node with the same configuration. */
  readonly subject: string
  /** undefined: not probed yet. */
  readonly up: boolean | undefined
  /** Results in a row that agree with `up`, or (negative) that speak against it. */
  readonly streak: number
  /** Milliseconds since `up` last changed, at the time of publication. */
  readonly forMs: number
  /** The check's interval: evidence is fresh for three of them. */
  readonly everyMs: number
  /** Of the last result, milliseconds in all; undefined before the first. */
  readonly tookMs: number | undefined
  /** The last result in words: "200 in time", "connection refused". */
  readonly reason: string
}

export interface Evidence {
  /** Unique among probers: the node's name. */
  readonly prober: string
  readonly region: string
  /** A new number for each run of the prober, larger than the last one's. */
  readonly epoch: number
  /** Counts publications within the epoch. */
  readonly sequence: number
  readonly sightings: readonly Sighting[]
}
