/** What goes on in the background, so that one can wait until nothing does. */
export class UnderWay {
  readonly #settled = new Set<Promise<void>>()

  /** @returns the same promise, whose outcome remains the caller's business */
  add<T>(promise: Promise<T>): Promise<T> {
    const done = () => {
      this.#settled.delete(settled)
    }
    const settled: Promise<void> = promise.then(done, done)
    this.#settled.add(settled)
    return promise
  }

  /** Resolves when nothing is under way, whatever came of it. */
  async drain(): Promise<void> {
    while (this.#settled.size > 0) await Promise.all(this.#settled)
  }
}
