// Master files: the example of RFC 1035 §5.3, with the mailbox file that it includes, record by record.

import { expect, test } from 'vitest'
import { parseName, printName } from '../../src/core/wire/name.ts'
import { typeByCode } from '../../src/core/wire/rdata/index.ts'
import { parseMaster } from '../../src/core/zone/master/parse.ts'
import { openRecords, ownerOf, rdataOf, ttlOf, typeOf } from '../../src/core/zone/records.ts'

// As printed in the RFC, but for two things that a server of today has no use for: WKS is left out, and MB and MG are given in
// the form of RFC 3597.
const isi = `
@   IN  SOA     VENERA      Action\\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        NS      VAXA
        MX      10      VENERA
        MX      20      VAXA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32

VAXA    A       10.2.0.27
        A       128.9.0.33


$INCLUDE <SUBSYS>ISI-MAILBOXES.TXT
`

const mailboxes = `
MOE     TYPE7   \\# 11 014103495349034544 5500 ; MB A.ISI.EDU.
LARRY   TYPE7   \\# 11 0141034953490345445500
`

test('the zone of RFC 1035 §5.3 is read as it is explained there', () => {
  const records = openRecords()
  const asked: string[] = []
  const readFile = (path: string) => {
    asked.push(path)
    return { text: mailboxes }
  }
  expect(parseMaster(isi, 'ISI.EDU', parseName('ISI.EDU.') as Uint8Array, records, readFile)).toEqual([])
  expect(asked).toEqual(['<SUBSYS>ISI-MAILBOXES.TXT'])
  const lines = Array.from({ length: records.count }, (_, i) => {
    const type = typeByCode(typeOf(records, i))
    return `${printName(ownerOf(records, i))} ${ttlOf(records, i)} ${type.name} ${type.print(rdataOf(records, i))}`
  })
  expect(lines).toEqual([
    'ISI.EDU. 60 SOA VENERA.ISI.EDU. Action\\.domains.ISI.EDU. 20 7200 600 3600000 60',
    'ISI.EDU. 60 NS A.ISI.EDU.',
    'ISI.EDU. 60 NS VENERA.ISI.EDU.',
    'ISI.EDU. 60 NS VAXA.ISI.EDU.',
    'ISI.EDU. 60 MX 10 VENERA.ISI.EDU.',
    'ISI.EDU. 60 MX 20 VAXA.ISI.EDU.',
    'A.ISI.EDU. 60 A 26.3.0.103',
    'VENERA.ISI.EDU. 60 A 10.1.0.52',
    'VENERA.ISI.EDU. 60 A 128.9.0.32',
    'VAXA.ISI.EDU. 60 A 10.2.0.27',
    'VAXA.ISI.EDU. 60 A 128.9.0.33',
    'MOE.ISI.EDU. 60 TYPE7 \\# 11 0141034953490345445500',
    'LARRY.ISI.EDU. 60 TYPE7 \\# 11 0141034953490345445500',
  ])
})
