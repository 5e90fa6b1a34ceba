/** Tracks work in the background, so that a caller can wait for its end. */
export class BackgroundWork {
  readonly #settled = new Set<Promise<void>>()

  /** Tracks a promise and returns it. The caller still has to handle a rejection. */
  add<T>(promise: Promise<T>): Promise<T> {
    const done = () => {
      this.#settled.delete(settled)
    }
    const settled: Promise<void> = promise.then(done, done)
    this.#settled.add(settled)
    return promise
  }

  /** Resolves when all work has ended, whether it succeeded or failed. */
  async drain(): Promise<void> {
    while (this.#settled.size > 0) await Promise.all(this.#settled)
  }
}
