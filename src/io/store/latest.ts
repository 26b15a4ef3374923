// One job at a time, and of those that come meanwhile only the newest: what is out of date by the time it could run never runs.
// So nothing queues up behind a server that is slow or gone.

export interface Latest<T> {
  /** Settles when the job for this value has run, or when a newer value took its place. */
  offer(value: T): Promise<void>
  /** Lets go of the value that waits. */
  drop(): void
}

/** `run` must not reject. */
export function openLatest<T>(run: (value: T) => Promise<void>): Latest<T> {
  let isRunning = false
  let waiting: { readonly value: T; readonly settle: () => void } | undefined

  async function runWaiting(): Promise<void> {
    while (waiting) {
      const { value, settle } = waiting
      waiting = undefined
      await run(value)
      settle()
    }
    isRunning = false
  }

  return {
    async offer(value) {
      if (isRunning) {
        waiting?.settle()
        return new Promise((settle) => {
          waiting = { value, settle }
        })
      }
      isRunning = true
      await run(value)
      void runWaiting() // the first caller does not wait for the others
    },

    drop() {
      waiting?.settle()
      waiting = undefined
    },
  }
}
