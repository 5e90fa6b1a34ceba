/** What a document may hold: the number of the write that left it so, or nothing. */
export type State = number | 'absent'

/**
 * What one writer did to one document, one write after another, and what the document may hold
 * by now: what the last acknowledged write left, or what a later one left whose outcome is unknown.
 */
export class DocumentHistory {
  readonly id: string
  readonly #events: string[] = []
  /** In the order of the writes. */
  #possible: State[] = ['absent']

  constructor(id: string) {
    this.id = id
  }

  get possible(): readonly State[] {
    return this.#possible
  }

  acknowledged(state: State, what: string): void {
    this.#note(`${what} -> ${state}: acknowledged`)
    this.#possible = [state]
  }

  unknown(state: State, what: string): void {
    this.#note(`${what} -> ${state}: unknown`)
    this.#possible = [...this.#possible, state]
  }

  refused(state: State, what: string): void {
    this.#note(`${what} -> ${state}: refused`)
  }

  /**
   * A read that had to show the newest state, by itself or by its session.
   *
   * @returns what is wrong, if it is
   */
  observe(state: State, how: string): string | undefined {
    const at = this.#possible.indexOf(state)
    if (at === -1) {
      this.#note(`${how}: found ${state}`)
      return `${this.id} holds ${state}, and may hold ${this.#possible.join(' or ')}\n${this.toString()}`
    }
    // Nobody goes back to before what was seen.
    if (at > 0) {
      this.#possible = this.#possible.slice(at)
      this.#note(`${how}: found ${state}`)
    }
    return undefined
  }

  toString(): string {
    return this.#events.map((line) => `  ${line}`).join('\n')
  }

  #note(event: string): void {
    this.#events.push(`${new Date().toISOString()} ${event}`)
    if (this.#events.length > 40) this.#events.shift()
  }
}
