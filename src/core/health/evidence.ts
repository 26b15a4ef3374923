// Evidence: what one prober saw, as it is shared between nodes. A prober reports and never judges; ages are durations, so that
// no two hosts' clocks are ever compared.

/** Where the time of one probe went: milliseconds from its start until each stage was over; undefined where there was none. */
export interface Timings {
  /** The TCP connection stood. */
  readonly connectMs: number | undefined
  /** The TLS handshake was done. */
  readonly tlsMs: number | undefined
  /** The first byte of the answer was there. */
  readonly firstByteMs: number | undefined
  /** It was decided. */
  readonly totalMs: number
}

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
  /** Whether `up` has changed since this prober began: otherwise it has been so for as long as it has looked. */
  readonly hasTurned: boolean
  /** How long the state before that had lasted; undefined: it was there when this prober began, or nothing has changed. */
  readonly heldMs: number | undefined
  /** The check's interval: evidence is fresh for three of them. */
  readonly everyMs: number
  /** Milliseconds until the next probe starts, at the time of publication. Negative: one was due so long ago, and is under way. */
  readonly dueMs: number
  /** How far away the target is, smoothed over the successful probes; undefined where the check cannot tell. See duty.ts. */
  readonly latencyMs: number | undefined
  /** Of the last result; undefined before the first. */
  readonly timings: Timings | undefined
  /** What the target says of itself, per mille of its capacity, in the last successful probe; undefined where it says nothing. */
  readonly load: number | undefined
  /** Days until its certificate ends, negative when it has; undefined where there is none. */
  readonly certDays: number | undefined
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
  /** All that it looks after: what it named before and does not name here, it takes back. */
  readonly sightings: readonly Sighting[]
}

/** The last word of a prober that stops on purpose: it takes back all it said, so that nobody waits for that to grow old. */
export function farewell({ prober, region, epoch, sequence }: Evidence): Evidence {
  return { prober, region, epoch, sequence: sequence + 1, sightings: [] }
}
