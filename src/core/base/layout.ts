// Laying typed arrays out in one block of shared memory, each at the next multiple of 8. Gone through twice by the same
// function: without a block, to learn how long it must be, and with it, to make the views.

export interface Layout {
  words(count: number): Uint32Array
  ints(count: number): Int32Array
  shorts(count: number): Uint16Array
  bytes(count: number): Uint8Array
  floats(count: number): Float32Array
  /** Where the next one would begin. */
  end(): number
}

/** The first array begins at `from`. Without a block the views are undefined, and only `end` tells something. */
export function openLayout(block: SharedArrayBuffer | undefined, from: number): Layout {
  let end = from
  function view<Array>(
    type: new (buffer: SharedArrayBuffer, at: number, length: number) => Array,
    size: number,
    count: number,
  ): Array {
    const at = end
    end += Math.ceil((size * count) / 8) * 8
    return block ? new type(block, at, count) : (undefined as never)
  }
  return {
    words: (count) => view(Uint32Array, 4, count),
    ints: (count) => view(Int32Array, 4, count),
    shorts: (count) => view(Uint16Array, 2, count),
    bytes: (count) => view(Uint8Array, 1, count),
    floats: (count) => view(Float32Array, 4, count),
    end: () => end,
  }
}
