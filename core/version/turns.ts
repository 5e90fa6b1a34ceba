/** Runs work with the same name one piece after another, in the order of the calls. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /**
   * Begins `work` when all earlier work with that name is done, whether it succeeded or failed.
   *
   * @param work is given whether it had to wait: then what was known before may be outdated
   */
  async take<T>(name: string, work: (hasWaited: boolean) => Promise<T>): Promise<T> {
    const previous = this.#last.get(name)
    const waited = () => work(true)
    const own = previous === undefined ? work(false) : previous.then(waited, waited)
    this.#last.set(name, own)
    try {
      return await own
    } finally {
      if (this.#last.get(name) === own) this.#last.delete(name)
    }
  }
}
