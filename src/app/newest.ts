// Values for a thread that may be behind: one at a time, and of those that come meanwhile only the newest. Nothing piles up.

export interface Newest<T> {
  offer(value: T): void
  /** The last one has been looked at: the next may be sent. */
  taken(): void
}

export function openNewest<T extends object>(send: (value: T) => void): Newest<T> {
  let isTaken = true
  let waiting: T | undefined
  const offer = (value: T): void => {
    waiting = isTaken ? undefined : value
    if (isTaken) send(value)
    isTaken = false
  }
  return {
    offer,
    taken() {
      isTaken = true
      if (waiting) offer(waiting)
    },
  }
}
