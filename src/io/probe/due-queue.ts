// What is due when: a binary heap, so that ten thousand subjects need one timer and not ten thousand.

export interface Due {
  dueMs: number
}

export interface DueQueue<Item extends Due> {
  /** `dueMs` must not change while the item is queued. */
  push(item: Item): void
  /** The item that is due first. */
  peek(): Item | undefined
  pop(): Item | undefined
  clear(): void
}

export function openDueQueue<Item extends Due>(): DueQueue<Item> {
  // heap[i] is due no later than heap[2i + 1] and heap[2i + 2].
  const heap: Item[] = []
  const isBefore = (a: number, b: number): boolean => heap[a]!.dueMs < heap[b]!.dueMs
  const swap = (a: number, b: number): void => {
    const item = heap[a]!
    heap[a] = heap[b]!
    heap[b] = item
  }
  const sink = (from: number): void => {
    for (let at = from; ; ) {
      let least = at
      if (2 * at + 1 < heap.length && isBefore(2 * at + 1, least)) least = 2 * at + 1
      if (2 * at + 2 < heap.length && isBefore(2 * at + 2, least)) least = 2 * at + 2
      if (least === at) return
      swap(at, least)
      at = least
    }
  }
  return {
    push(item) {
      let at = heap.push(item) - 1
      for (let parent = (at - 1) >> 1; at > 0 && isBefore(at, parent); parent = (at - 1) >> 1) {
        swap(at, parent)
        at = parent
      }
    },
    peek: () => heap[0],
    pop() {
      const first = heap[0]
      const last = heap.pop()
      if (first === undefined || last === first) return first
      heap[0] = last!
      sink(0)
      return first
    },
    clear() {
      heap.length = 0
    },
  }
}
