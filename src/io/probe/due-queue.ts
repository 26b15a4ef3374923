// What is due when: a binary heap, so that ten thousand subjects need one timer and not ten thousand. It knows where each item
// stands, because a result changes when its subject is due next.

export interface Due {
  dueMs: number
}

export interface DueQueue<Item extends Due> {
  /** An item is queued once at most, and its `dueMs` must not change while it is. */
  push(item: Item): void
  /** The item that is due first. */
  peek(): Item | undefined
  pop(): Item | undefined
  /** Does nothing where the item is not queued. */
  remove(item: Item): void
}

export function openDueQueue<Item extends Due>(): DueQueue<Item> {
  // heap[i] is due no later than heap[2i + 1] and heap[2i + 2].
  const heap: Item[] = []
  const places = new Map<Item, number>()
  const isBefore = (a: number, b: number): boolean => heap[a]!.dueMs < heap[b]!.dueMs
  const put = (item: Item, at: number): void => {
    heap[at] = item
    places.set(item, at)
  }
  const swap = (a: number, b: number): void => {
    const item = heap[a]!
    put(heap[b]!, a)
    put(item, b)
  }
  const rise = (from: number): void => {
    let at = from
    for (let parent = (at - 1) >> 1; at > 0 && isBefore(at, parent); parent = (at - 1) >> 1) {
      swap(at, parent)
      at = parent
    }
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
  const remove = (item: Item): void => {
    const at = places.get(item)
    if (at === undefined) return
    places.delete(item)
    const last = heap.pop()!
    if (last === item) return
    put(last, at)
    rise(at)
    sink(at)
  }
  return {
    push(item) {
      if (places.has(item)) throw new Error('already queued')
      put(item, heap.length)
      rise(heap.length - 1)
    },
    peek: () => heap[0],
    pop() {
      const first = heap[0]
      if (first) remove(first)
      return first
    },
    remove,
  }
}
