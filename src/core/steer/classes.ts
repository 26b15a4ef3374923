// Sorting places into classes: those whose clients a tree treats alike, whatever the health and the dice.

import { SPECIAL_PLACE } from '../geo/places.ts'
import type { ColumnReader, Groups } from './columns.ts'
import { openTreatment } from './index.ts'
import type { Treatment } from './policy.ts'
import { treatService } from './regional.ts'
import { CLASS_SHIFT, ClassFlag } from './treatment-map.ts'

export interface Classes {
  /** Per class: a place of it and its flags, as in a treatment map. */
  readonly words: readonly number[]
  /** Per place: its class; of places that no address is in it says nothing. */
  readonly classOf: Uint8Array | Uint16Array | Uint32Array
  /** Everybody is treated alike, and not by bucket. */
  readonly isOne: boolean
}

/** `at`: the record of the service. */
export function classify(table: Uint32Array, floats: Float32Array, at: number, reader: ColumnReader): Classes {
  const treatment = openTreatment(table, floats, reader.places)
  reader.forget()
  for (;;) {
    const read = reader.read()
    const groups = reader.groupsBy(read)
    const classes = classesOf(groups, (place) => {
      const { words, hasBucket } = treatAt(treatment, at, place)
      const flags = hasBucket ? ClassFlag.byBucket : 0
      if (reader.places.special[place] === 0) return { key: words.join(' '), flags }
      // Clients who are nowhere, unless the tree has a place for these.
      const key = words.join(' ')
      const isNowhere = key === treatAt(treatment, at, SPECIAL_PLACE).words.join(' ')
      return { key, flags: isNowhere ? flags | ClassFlag.bySender : flags }
    })
    // If the tree asked for nothing but what the groups agree in, it would have said the same for all their places.
    if (reader.read() === read) return classes
  }
}

function treatAt(treatment: Treatment, at: number, place: number): Treatment {
  treatment.place = place
  treatment.words.length = 0
  treatment.hasBucket = false
  treatService(treatment, at)
  return treatment
}

interface Told {
  readonly key: string
  readonly flags: number
}

function classesOf({ members, groupOf }: Groups, tell: (place: number) => Told): Classes {
  const words: number[] = []
  const numbers = new Map<string, number>()
  const treatments = new Set<string>()
  const classOfGroup = members.map((place) => {
    const { key, flags } = tell(place)
    treatments.add(`${key} ${flags & ClassFlag.byBucket}`)
    const whole = `${key} ${flags}`
    const known = numbers.get(whole)
    if (known !== undefined) return known
    numbers.set(whole, words.length)
    return words.push((place << CLASS_SHIFT) | flags) - 1
  })
  const classOf = smallest(groupOf.length, words.length)
  for (const [place, number] of groupOf.entries()) classOf[place] = classOfGroup[number] ?? 0
  const isByBucket = words.some((word) => (word & ClassFlag.byBucket) !== 0)
  return { words, classOf, isOne: treatments.size <= 1 && !isByBucket }
}

/** Those of all services stay until the last one is compared with them. */
function smallest(length: number, values: number): Classes['classOf'] {
  if (values <= 0x100) return new Uint8Array(length)
  return values <= 0x10000 ? new Uint16Array(length) : new Uint32Array(length)
}
