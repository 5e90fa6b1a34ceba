import type { Bitset } from '../../bytes/bitset.ts'

/** A set of documents that takes no memory until a document is added. */
export class MarkedDocuments {
  readonly #make: () => Bitset
  #set: Bitset | undefined

  constructor(make: () => Bitset) {
    this.#make = make
  }

  /** The set, for adding documents. */
  get set(): Bitset {
    this.#set ??= this.#make()
    return this.#set
  }

  /** The set; undefined if no document was added. */
  get found(): Bitset | undefined {
    return this.#set
  }
}
