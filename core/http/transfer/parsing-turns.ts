/** Bodies above this size take a millisecond or more to parse. */
const LARGE_BODY_BYTES = 64 * 1024

/**
 * Allows one large body per round of the event loop to be parsed, so that the process answers other requests in between.
 */
export class ParsingTurns {
  #last: Promise<void> = Promise.resolve()

  /** Resolves when a body may be parsed: at once if it is small, otherwise in the order of the calls. */
  async next(byteSize: number): Promise<void> {
    if (byteSize < LARGE_BODY_BYTES) return
    const turn = this.#last.then(nextRound)
    this.#last = turn
    await turn
  }
}

function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
