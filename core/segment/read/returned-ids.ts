import { compareUtf8 } from '../../utf8.ts'

/** Ids that are remembered: the blocks of as many documents take half of what is kept inflated. */
const IDS_MAX = 1024

/** Ids of documents that searches returned lately, of any collection. Searches return the same ones again and again. */
export class ReturnedIds {
  /** In order of return. */
  readonly #ids = new Set<string>()

  add(id: string): void {
    this.#ids.delete(id)
    this.#ids.add(id)
    if (this.#ids.size > IDS_MAX) this.#ids.delete(this.#ids.values().next().value!)
  }

  /** In the order of their UTF-8 bytes. */
  ascending(): string[] {
    return [...this.#ids].sort(compareUtf8)
  }
}
