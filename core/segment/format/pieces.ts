import type { Section } from './segment-format.ts'

/**
 * One run of bytes that lies in the file in several pieces, because a merge
 * cannot hold all of a lane's lists in memory until its dictionary is complete.
 * Nothing that is read as a whole crosses a cut.
 */
export class Pieces {
  readonly byteSize: number
  /** Per piece: its first byte in the run, and in the file. */
  readonly #runStarts: number[] = []
  readonly #fileStarts: number[] = []

  /** `sections` in file order. */
  constructor(sections: readonly Section[]) {
    let size = 0
    for (const { start, end } of sections) {
      this.#runStarts.push(size)
      this.#fileStarts.push(start)
      size += end - start
    }
    this.byteSize = size
  }

  /** Where a byte of the run is in the file. */
  inFile(at: number): number {
    let piece = this.#runStarts.length - 1
    while (piece > 0 && this.#runStarts[piece]! > at) piece--
    return this.#fileStarts[piece]! + at - this.#runStarts[piece]!
  }
}
