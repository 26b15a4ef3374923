// A Snapshot is all that answering needs, as shared blocks: never changed, swapped whole. It crosses threads as plain data;
// a thread binds it, which only makes views.

import { bindMap } from '../geo/address-map.ts'
import { bindPlaces, type Places } from '../geo/places.ts'
import { bindBoard } from '../health/board.ts'
import { settle } from '../steer/settle.ts'
import { bindTreatmentMap, type TreatmentMap } from '../steer/treatment-map.ts'
import { bindZone, type Zone } from '../zone/image.ts'
import type { AnswerOptions } from './options.ts'
import type { BoundSubnetRules, SubnetRules } from './subnet-rules.ts'

export interface Snapshot {
  /** Counts up with each reload; a worker acknowledges the one it has bound. */
  readonly epoch: number
  /** A hash of the configuration, to tell whether two nodes have the same. */
  readonly hash: string
  readonly zones: readonly SharedArrayBuffer[]
  readonly catalog: SharedArrayBuffer
  /** One table for each zone. */
  readonly steering: readonly SharedArrayBuffer[]
  /** The first counter slot of each zone. */
  readonly slotBase: readonly number[]
  readonly slotCount: number
  /** The first cell of each zone on the board. */
  readonly cellBase: readonly number[]
  readonly cellCount: number
  readonly places: SharedArrayBuffer
  /** Which clients services treat alike; a service's record says which of the maps is its. */
  readonly treatments: readonly SharedArrayBuffer[]
  /** Whose Client Subnet counts. */
  readonly subnets: SubnetRules
  readonly board: SharedArrayBuffer
  /** 16 bytes that all replicas share: the key of the dice. */
  readonly secret: Uint8Array
  readonly options: AnswerOptions
}

export interface Table {
  readonly words: Uint32Array
  readonly floats: Float32Array
  readonly bytes: Uint8Array
}

export interface Bound {
  readonly snapshot: Snapshot
  readonly zones: readonly Zone[]
  readonly catalog: Uint32Array
  readonly tables: readonly Table[]
  readonly places: Places
  readonly treatments: readonly TreatmentMap[]
  readonly subnets: BoundSubnetRules
  readonly board: Int32Array
}

/** Lets the policies that have a memory look at the board again; for its one writer. */
export function settleSnapshot({ snapshot, tables, places, board }: Bound, nowSec: number): void {
  for (const [i, { words, floats }] of tables.entries())
    settle(words, floats, places, board, snapshot.cellBase[i]!, nowSec)
}

export function bindSnapshot(snapshot: Snapshot): Bound {
  return {
    snapshot,
    zones: snapshot.zones.map(bindZone),
    catalog: new Uint32Array(snapshot.catalog),
    tables: snapshot.steering.map((table) => ({
      words: new Uint32Array(table),
      floats: new Float32Array(table),
      bytes: new Uint8Array(table),
    })),
    places: bindPlaces(snapshot.places),
    treatments: snapshot.treatments.map(bindTreatmentMap),
    subnets: { ofZone: snapshot.subnets.ofZone, lists: snapshot.subnets.lists.map(bindMap) },
    board: bindBoard(snapshot.board),
  }
}
