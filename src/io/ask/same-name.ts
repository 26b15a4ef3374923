// A name that was read twice, by walk.ts and by dns2: its presentation format from the bytes, because dns2 joins labels
// without escapes (`john\.doe.example.` becomes "john.doe.example").

import { printName } from '../../core/wire/name.ts'

/** A difference between the two readers is a bug in one of them: it becomes a problem, so that it is seen. */
export function printSameName(name: Uint8Array, asDns2: string, problems: string[]): string {
  const labels: string[] = []
  for (let at = 0; name[at] !== 0; at += 1 + name[at]!) {
    labels.push(String.fromCharCode(...name.subarray(at + 1, at + 1 + name[at]!)))
  }
  const text = printName(name)
  if (labels.join('.') !== asDns2) problems.push(`the name ${text} reads as "${asDns2}" in dns2`)
  return text
}
