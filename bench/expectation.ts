// Prepared questions and what a right answer to each looks like, so that a generator counts wrong answers among the fast ones.
// In a file, one question a line: the query in hexadecimal; then, if wanted, the response code, the number of answers, and the
// addresses of which the first answer has to be one, all parted by commas.

import { readFileSync, writeFileSync } from 'node:fs'

export interface Question {
  readonly query: Uint8Array
  readonly rcode?: number
  readonly answers?: number
  /** At most `ADDRESSES`, IPv4. */
  readonly addresses?: readonly string[]
}

/** In columns: the generator must not walk objects while it asks. */
export interface Questions {
  readonly queries: readonly Uint8Array[]
  /** −1: anything is right. */
  readonly rcodes: Int8Array
  readonly answers: Int8Array
  readonly addresses: Int32Array
  /** Where the question section ends. */
  readonly questionEnds: Uint16Array
}

const ADDRESSES = 4
const HEADER = 12
/** A pointer to the question's name, type, class, TTL and length come before an address. */
const RECORD_HEAD = 12

export function writeQuestions(file: string, questions: readonly Question[]): void {
  const lines = questions.map(({ query, rcode, answers, addresses = [] }) =>
    [Buffer.from(query).toString('hex'), ...(rcode === undefined ? [] : [rcode, answers ?? 0, ...addresses])].join(','),
  )
  writeFileSync(file, `${lines.join('\n')}\n`)
}

export function readQuestions(file: string): Questions {
  const lines = readFileSync(file, 'utf8').split('\n')
  return openQuestions(
    lines
      .filter((line) => line !== '')
      .map((line) => {
        const [hex, rcode, answers, ...addresses] = line.split(',')
        const query = Uint8Array.from(Buffer.from(hex!, 'hex'))
        return rcode === undefined ? { query } : { query, rcode: Number(rcode), answers: Number(answers), addresses }
      }),
  )
}

export function openQuestions(questions: readonly Question[]): Questions {
  const count = questions.length
  const opened = {
    queries: questions.map(({ query }) => query),
    rcodes: new Int8Array(count).fill(-1),
    answers: new Int8Array(count),
    addresses: new Int32Array(count * ADDRESSES),
    questionEnds: new Uint16Array(count),
  }
  for (const [i, { query, rcode = -1, answers = 0, addresses = [] }] of questions.entries()) {
    opened.rcodes[i] = rcode
    opened.answers[i] = answers
    for (const [k, address] of addresses.slice(0, ADDRESSES).entries())
      opened.addresses[i * ADDRESSES + k] = address.split('.').reduce((word, part) => (word << 8) | Number(part), 0)
    let end = HEADER
    while (query[end] !== 0) end += 1 + query[end]!
    opened.questionEnds[i] = end + 5
  }
  return opened
}

/** Whether the message at `at` is a right answer to question q. */
export function isRight(questions: Questions, q: number, bytes: Uint8Array, at: number): boolean {
  const { rcodes, answers, addresses, questionEnds } = questions
  if (rcodes[q]! < 0) return true
  if ((bytes[at + 3]! & 15) !== rcodes[q] || bytes[at + 7] !== answers[q] || bytes[at + 6] !== 0) return false
  const first = q * ADDRESSES
  if (addresses[first] === 0) return true
  const data = at + questionEnds[q]! + RECORD_HEAD
  const address = (bytes[data]! << 24) | (bytes[data + 1]! << 16) | (bytes[data + 2]! << 8) | bytes[data + 3]!
  for (let k = 0; k < ADDRESSES; k++) if (addresses[first + k] === address) return true
  return false
}
