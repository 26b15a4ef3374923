// A zone image from the text of a master file, and names to look for in it.

import { type NameScan, openNameScan, scanName } from '../../../src/core/wire/query.ts'
import { bindZone, compileZone, type ServiceOwner, type Zone } from '../../../src/core/zone/image.ts'
import { parseMaster } from '../../../src/core/zone/master/parse.ts'
import { openRecords } from '../../../src/core/zone/records.ts'
import { nameOf } from '../../support/snapshot.ts'

export const SOA = '$TTL 60\n@ SOA ns1 hostmaster 7 3600 900 1209600 30\n@ NS ns1\n'

export function zoneOf(apexText: string, text: string, services: readonly ServiceOwner[] = []): Zone {
  const apex = nameOf(apexText)
  const records = openRecords()
  const problems = parseMaster(SOA + text, 'zone', apex, records, () => ({ problem: 'no includes here' }))
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return bindZone(compileZone(records, apex, services))
}

export function scanOf(text: string): NameScan {
  const name = nameOf(text)
  const scan = openNameScan()
  if (scanName(name, 0, name.length, scan) < 0) throw new Error(`no name: ${text}`)
  return scan
}
