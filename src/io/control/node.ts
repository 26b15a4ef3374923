// What the admin HTTP needs of the node it stands in: facts, ready to be shown, and somebody to obey. The app passes them in.

export interface NodeFacts {
  /** The metrics in Prometheus text form. */
  metricsText(): string
  /** Whether DNS is served as configured; where not, why, in words. */
  ready(): Readiness
  /** Anything that JSON can say. */
  status(): unknown
  /** What would be answered, and why: the code that answers on the wire runs. */
  explain(question: ExplainQuestion): Explained | Promise<Explained>
  /** The overrides in force. */
  overrides(): unknown
}

export interface NodeActs {
  /** Resolves when the order is in force here, kept and shared, or has been found impossible. */
  order(order: Order): Promise<Ordered>
  /** Passes a report on to the prober, where the token is that of the check. */
  push(push: Push): PushTaken
}

/** What an application reports of itself. */
export interface Push {
  /** `example.com/self`; `*` for a zone where the check was included. */
  readonly check: string
  /** An address, or an endpoint. */
  readonly target: string
  readonly ok: boolean
  readonly load?: number | undefined
  readonly reason?: string | undefined
  readonly bearer: string | undefined
}

export type PushTaken =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly status: 401 | 404 | 409; readonly error: string }

/** What an operator orders, checked as far as that goes without knowing the configuration. */
export type Order = {
  /** Pools and targets by name, as typed. */
  readonly subjects: readonly string[]
  readonly author: string
  readonly why: string
  /** Where the order came from. */
  readonly from: string
} & (
  | {
      readonly act: 'drain'
      readonly forMs: number
      /** undefined: not said, which leaves what is fading already as it is. */
      readonly fadeMs: number | undefined
    }
  | { readonly act: 'drill'; readonly forMs: number }
  | { readonly act: 'undrain' | 'undrill' | 'return' }
)

export type Ordered =
  | { readonly ok: true; readonly value: unknown }
  /** not-found: nothing has that name. conflict: there is something else in force, or nothing. */
  | { readonly ok: false; readonly wrong: 'not-found' | 'conflict' | 'stopping'; readonly error: string }

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
  /** Pools to be taken for down. */
  readonly down: readonly string[]
}

export type Explained =
  | { readonly ok: true; readonly value: unknown }
  /** The question cannot be asked; `error` says why. */
  | { readonly ok: false; readonly error: string }
