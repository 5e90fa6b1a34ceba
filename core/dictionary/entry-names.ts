import { codePointsOf } from '../edit-distance.ts'
import type { TermBlock } from './term-block.ts'
import { TERM_BLOCK_SIZE } from './term-block-shape.ts'

const NONE = new Uint32Array(0)

/**
 * The names of the entries of a dictionary block, for scans. Lengths and letters exclude most names, and the other
 * names are decoded on demand. One scan uses one instance for all of its blocks.
 */
export class EntryNames {
  // Prefixes and ranges need no counts, so the first use makes and fills these.
  #lengths: Uint32Array = NONE
  #letters: Uint32Array = NONE
  #isCounted = false
  readonly #terms: (string | undefined)[] = []
  readonly #points: (readonly number[] | undefined)[] = []
  #block: TermBlock | undefined

  /** The most recently opened block. */
  get block(): TermBlock {
    return this.#block!
  }

  open(block: TermBlock): void {
    this.#block = block
    this.#terms.length = 0
    this.#points.length = 0
    this.#isCounted = false
  }

  /** Per entry: the number of code points in its name. */
  get lengths(): Uint32Array {
    if (!this.#isCounted) this.#countAll()
    return this.#lengths
  }

  /** Per entry: the {@link lettersOf} its name. */
  get letters(): Uint32Array {
    if (!this.#isCounted) this.#countAll()
    return this.#letters
  }

  term(i: number): string {
    this.#terms[i] ??= this.block.term(i)
    return this.#terms[i]
  }

  /** The code points of the name of entry `i`. */
  points(i: number): readonly number[] {
    this.#points[i] ??= codePointsOf(this.term(i))
    return this.#points[i]
  }

  #countAll(): void {
    if (this.#lengths === NONE) {
      this.#lengths = new Uint32Array(TERM_BLOCK_SIZE)
      this.#letters = new Uint32Array(TERM_BLOCK_SIZE)
    }
    for (let i = 0; i < this.block.count; i++) this.#count(i, this.block.termBytes(i))
    this.#isCounted = true
  }

  #count(i: number, bytes: Uint8Array): void {
    let length = 0
    let letters = 0
    for (let at = 0; at < bytes.length; at++) {
      // The last byte of a character contains the lowest bits of its code point.
      if ((bytes[at + 1]! & 0xc0) === 0x80) continue
      length++
      letters |= 1 << (bytes[at]! & 31)
    }
    this.#lengths[i] = length
    this.#letters[i] = letters >>> 0
  }
}

/**
 * The letters of a word as a set of 32 classes, by the lowest bits of their code points. The set of a word contains the
 * sets of its parts.
 */
export function lettersOf(word: string): number {
  let letters = 0
  for (const character of word) letters |= 1 << (character.codePointAt(0)! & 31)
  return letters >>> 0
}
