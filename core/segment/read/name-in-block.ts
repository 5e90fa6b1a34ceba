import type { TermBlock } from '../../dictionary/term-block.ts'
import type { EntryName } from './term-entry.ts'

/** What an entry of a dictionary block is called, decoded as far as it is asked for. */
export class NameInBlock implements EntryName {
  readonly #block: TermBlock
  readonly #i: number

  constructor(block: TermBlock, i: number) {
    this.#block = block
    this.#i = i
  }

  get term(): string {
    return this.#block.term(this.#i)
  }

  get ownForm(): boolean {
    return this.#block.ownForm(this.#i)
  }
}
