// Requests that no honest client writes: every part of the message is given as bytes or numbers (RFC 1035 §4.1, RFC 6891 §6.1.2).

import { nameOf } from './snapshot.ts'

export interface PacketText {
  readonly id?: number
  readonly flags?: number
  /** What the header says; by default what is there. */
  readonly counts?: readonly [questions: number, answers: number, authorities: number, additionals: number]
  /** Wire form; by default one question for the A record of www.example.com. */
  readonly questions?: readonly (readonly number[])[]
  readonly answers?: readonly (readonly number[])[]
  readonly additionals?: readonly (readonly number[])[]
  readonly trailing?: readonly number[]
}

export function question(name: string, type = 1, qclass = 1): number[] {
  return [...nameOf(name), ...u16(type), ...u16(qclass)]
}

export function packet(text: PacketText = {}): Uint8Array {
  const { id = 4711, flags = 0, answers = [], additionals = [], trailing = [] } = text
  const questions = text.questions ?? [question('www.example.com')]
  const counts = text.counts ?? [questions.length, answers.length, 0, additionals.length]
  return Uint8Array.from([
    ...[id, flags, ...counts].flatMap(u16),
    ...questions.flat(),
    ...answers.flat(),
    ...additionals.flat(),
    ...trailing,
  ])
}

export interface OptText {
  readonly owner?: readonly number[]
  readonly size?: number
  readonly extendedRcode?: number
  readonly version?: number
  readonly flags?: number
  readonly options?: readonly (readonly number[])[]
  /** What the record says; by default what is there. */
  readonly length?: number
}

export function opt(text: OptText = {}): number[] {
  const { owner = [0], size = 1232, extendedRcode = 0, version = 0, flags = 0, options = [] } = text
  const data = options.flat()
  const length = text.length ?? data.length
  return [...owner, ...u16(41), ...u16(size), extendedRcode, version, ...u16(flags), ...u16(length), ...data]
}

export function option(code: number, data: readonly number[], length = data.length): number[] {
  return [...u16(code), ...u16(length), ...data]
}

/** A Client Subnet (RFC 7871 §6). */
export function subnet(family: number, source: number, scope: number, address: readonly number[]): number[] {
  return option(8, [...u16(family), source, scope, ...address])
}

/** An ordinary record. */
export function record(owner: readonly number[], type: number, data: readonly number[]): number[] {
  return [...owner, ...u16(type), ...u16(1), 0, 0, 0, 60, ...u16(data.length), ...data]
}

export function u16(value: number): number[] {
  return [value >> 8, value & 255]
}
