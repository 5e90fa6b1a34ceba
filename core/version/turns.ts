/** Lets work that has the same name happen one after another, in the order in which it was brought. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /**
   * Begins `work` when all earlier work of that name is done, whether it succeeded or not.
   *
   * @param work hears whether it had to wait, so that what was known before may be old
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
