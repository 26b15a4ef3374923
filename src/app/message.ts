// What the main thread and its workers say to each other: plain data and shared memory, nothing else crosses a thread.

import type { Endpoint } from '../core/base/address.ts'
import type { Snapshot } from '../core/answer/snapshot.ts'
import type { Evidence } from '../core/health/evidence.ts'
import type { TcpConfig } from '../io/listen/config.ts'
import type { LoopControl } from '../io/listen/loop-control.ts'
import type { EarlierRun, ProbeLimits, ProberState, ProbeSubject } from '../io/probe/prober.ts'
import type { PushReport } from '../io/probe/pushed.ts'
import type { LoadResult } from './load.ts'
import type { LoadProgress } from './load-progress.ts'
import type { Serials } from './serials.ts'

export interface AnsweringData {
  readonly snapshot: Snapshot
  /** What was answered. */
  readonly counters: SharedArrayBuffer
  /** Answers by service and pool, for this snapshot. */
  readonly slots: SharedArrayBuffer
  /** Draws counted lately: one table for all threads. */
  readonly seen: SharedArrayBuffer
  /** What the transport saw. */
  readonly transportCounters: SharedArrayBuffer
  /** Who is limited most; undefined where nobody is, as over TCP. */
  readonly heaviest: SharedArrayBuffer | undefined
  /** Where the thread counts its turns, to be seen to live. */
  readonly heartbeat: SharedArrayBuffer
  /** Workers that share the limits of rates. */
  readonly sharers: number
  /** Somebody waits for it already. */
  readonly isReplacement: boolean
}

export interface PacketWorkerData extends AnsweringData {
  readonly sockets: readonly number[]
  readonly control: LoopControl
}

export interface StreamWorkerData extends AnsweringData {
  readonly transport: 'tcp' | 'udp'
  readonly endpoints: readonly Endpoint[]
  readonly tcp: TcpConfig
  /** UDP only: other workers have sockets of their own on the same port. */
  readonly reusePort: boolean
}

export interface ProberWorkerData {
  readonly name: string
  readonly region: string
  readonly epoch: number
  readonly subjects: readonly ProbeSubject[]
  readonly limits: ProbeLimits
  readonly allowExec: boolean
  readonly before: EarlierRun | undefined
}

/** To packet and stream workers. */
export type ToWorker =
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly slots: SharedArrayBuffer }
  | { readonly kind: 'stop' }

export type FromWorker =
  /** Listening, warmed. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'bound'; readonly epoch: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'bug'; readonly message: string; readonly stack: string }

export type ToProber =
  | { readonly kind: 'subjects'; readonly subjects: readonly ProbeSubject[] }
  | { readonly kind: 'push'; readonly subject: string; readonly report: PushReport }
  /** Of those that report themselves, the ones that do so to others. */
  | { readonly kind: 'elsewhere'; readonly subjects: readonly string[] }
  /** The last evidence has been looked at: the next one may come. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'stop' }

export type FromProber =
  | { readonly kind: 'evidence'; readonly evidence: Evidence; readonly state: ProberState }
  | { readonly kind: 'first-round' }

export interface ToLoader {
  readonly file: string
  readonly epoch: number
  /** For DNS cookies where the settings name no secret of their own. */
  readonly cookieSecret: Uint8Array
  /** What the loads before have left; undefined: what the run before has left on disk. */
  readonly served: Serials | undefined
}

export type FromLoader = { readonly epoch: number } & (
  | { readonly progress: LoadProgress }
  | { readonly result: LoadResult }
  /** A fault of the loader's own. */
  | { readonly bug: Error }
)
