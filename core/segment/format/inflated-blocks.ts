import type { DocumentGroup, OpenBlock } from './document-blocks.ts'

/**
 * Blocks of documents that were inflated lately, of any segments, bounded in
 * bytes; those unused for longest go first. Inflating ten blocks takes longer
 * than finding the ten hits in them.
 */
export class InflatedBlocks {
  readonly #bytesMax: number
  /** In order of use. Groups are remembered as long as their compressed bytes are, and so are their keys. */
  readonly #blocks = new Map<string, OpenBlock>()
  readonly #groupNumbers = new WeakMap<DocumentGroup, number>()
  #nextGroup = 0
  #byteSize = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** The block of a group, opened by `open` unless it still is. */
  get(group: DocumentGroup, block: number, open: () => OpenBlock): OpenBlock {
    const key = `${this.#numberOf(group)}/${block}`
    const known = this.#blocks.get(key)
    const opened = known ?? open()
    this.#blocks.delete(key)
    this.#blocks.set(key, opened)
    if (known === undefined) {
      this.#byteSize += opened.raw.length
      this.#evict()
    }
    return opened
  }

  #evict(): void {
    for (const [key, { raw }] of this.#blocks) {
      if (this.#byteSize <= this.#bytesMax) break
      this.#blocks.delete(key)
      this.#byteSize -= raw.length
    }
  }

  #numberOf(group: DocumentGroup): number {
    let number = this.#groupNumbers.get(group)
    if (number === undefined) {
      number = this.#nextGroup++
      this.#groupNumbers.set(group, number)
    }
    return number
  }
}
