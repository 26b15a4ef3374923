// Questions over the zones of the differential test: any name with any type, and now and then flags, EDNS or a class that few use.

import { opt, option, packet, type PacketText, question } from '../../support/packet.ts'

type Numbers = (limit: number) => number

/** Data types that the zones have, and some they have not. */
const types = [1, 1, 1, 28, 2, 5, 6, 15, 16, 33, 39, 43, 255, 46, 47, 12, 65, 99, 65_400]
/** What is no data, or looks like it. */
const rareTypes = [0, 41, 127, 128, 200, 249, 250, 253, 254]
const rareClasses = [2, 4, 254, 255]

export function makeQuestion(names: readonly string[], number: Numbers): Uint8Array {
  const name = mixCase(names[number(names.length)]!, number)
  const common = types[number(types.length)]!
  // RD, CD, AD and the bit that means nothing.
  const flags = [0, 0, 0x0100, 0x0010, 0x0020, 0x0130, 0x0040][number(7)]!
  const size = [0, 512, 1232, 4096][number(4)]!
  const edns = number(2) === 0 ? [] : [opt({ size, flags: number(3) === 0 ? 0x8000 : 0 })]
  const plain = { flags, questions: [question(name, common)], additionals: edns }
  return packet(number(40) === 0 ? makeOdd(plain, name, number) : plain)
}

function makeOdd(plain: PacketText, name: string, number: Numbers): PacketText {
  switch (number(6)) {
    case 0:
      return { ...plain, questions: [question(name, 1, rareClasses[number(rareClasses.length)])] }
    case 1:
      return { ...plain, additionals: [opt({ version: 1 + number(3) })] }
    case 2:
      return { ...plain, additionals: [opt({ options: [option(65_001 + number(9), [1, 2, 3])] })] }
    case 3:
      return { ...plain, additionals: [opt({ flags: 0x0001 << number(15) })] }
    case 4:
      return { ...plain, additionals: [opt(), opt()] }
    default:
      return { ...plain, questions: [question(name, rareTypes[number(rareTypes.length)])] }
  }
}

/** 0x20. */
function mixCase(name: string, number: Numbers): string {
  return number(3) === 0 ? name.replace(/[a-z]/g, (letter) => (number(2) === 0 ? letter.toUpperCase() : letter)) : name
}
