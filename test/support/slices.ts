// Whether this kernel lets a thread ask for a slice of time of its own.

import { release } from 'node:os'

const [major, minor] = release().split('.').map(Number)

/** Since Linux 6.12. */
export const hasSlices = major! > 6 || (major === 6 && minor! >= 12)
