// What the admin HTTP needs of the node it stands in: facts, ready to be shown. The app passes them in.

export interface NodeFacts {
  /** The metrics in Prometheus text form. */
  metricsText(): string
  /** Whether DNS is served as configured; where not, why, in words. */
  ready(): Readiness
  /** Anything that JSON can say. */
  status(): unknown
  /** What would be answered, and why: the code that answers on the wire runs. */
  explain(question: ExplainQuestion): Explained | Promise<Explained>
}

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reasons: readonly string[] }

/** As the operator typed it: the node says what of it is wrong. */
export interface ExplainQuestion {
  readonly name: string
  /** A type's mnemonic or number; "A" where none was given. */
  readonly type: string
  /** Address or prefix of the client; undefined: nothing is known of it. */
  readonly client: string | undefined
  /** Address that the query comes from. */
  readonly resolver: string | undefined
  /** A time other than now, in ISO 8601. */
  readonly at: string | undefined
}

export type Explained =
  | { readonly ok: true; readonly value: unknown }
  /** The question cannot be asked; `error` says why. */
  | { readonly ok: false; readonly error: string }
