import type { Bitset } from '../../bytes/bitset.ts'

/** A set of documents that takes memory once there is one in it. */
export class MarkedDocuments {
  readonly #make: () => Bitset
  #set: Bitset | undefined

  constructor(make: () => Bitset) {
    this.#make = make
  }

  /** The set, to add to. */
  get set(): Bitset {
    this.#set ??= this.#make()
    return this.#set
  }

  /** The set, if there is any document in it. */
  get found(): Bitset | undefined {
    return this.#set
  }
}
