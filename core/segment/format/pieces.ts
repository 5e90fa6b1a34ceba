import type { Section } from './segment-format.ts'

/**
 * A run of bytes that is split into several pieces of the file, because a merge
 * cannot hold all lists of a lane in memory until the lane's dictionary is complete.
 * No unit or list crosses the boundary between two pieces.
 */
export class Pieces {
  readonly byteSize: number
  /** First byte of each piece in the run, and in the file. */
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

  /** Position in the file of byte `at` of the run. */
  inFile(at: number): number {
    let piece = this.#runStarts.length - 1
    while (piece > 0 && this.#runStarts[piece]! > at) piece--
    return this.#fileStarts[piece]! + at - this.#runStarts[piece]!
  }
}
