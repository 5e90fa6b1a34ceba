import { ByteWriter } from '../bytes/byte-writer.ts'
import { corrupt, readWord } from '../bytes/checksum.ts'
import { TermBlockEncoder, type TermEntryDraft } from './encode-term-block.ts'
import type { Lane } from './lane.ts'
import { SparseIndex, SparseIndexBuilder } from './sparse-index.ts'
import { openTermBlock, type TermBlock } from './term-block.ts'
import { TERM_BLOCK_SIZE } from './term-block-shape.ts'

/** Collects the frequent terms of a lane for the footer, in separate dictionary blocks with their own index. */
export class FrequentTermsBuilder {
  readonly #block: TermBlockEncoder
  readonly #blocks = new ByteWriter()
  readonly #index = new SparseIndexBuilder()
  #count = 0

  constructor(lane: Lane) {
    this.#block = new TermBlockEncoder({ lane, place: 'frequent' })
  }

  /** Adds a term; terms ascend. */
  add(term: Uint8Array, draft: TermEntryDraft, indexedTerm?: Uint8Array): void {
    if (this.#block.count === 0) this.#index.add(this.#blocks.length, term, this.#block.previous)
    this.#block.add(term, draft, indexedTerm)
    this.#count++
    if (this.#block.count === TERM_BLOCK_SIZE) this.#block.finish(this.#blocks)
  }

  finish(): Uint8Array {
    if (this.#block.count > 0) this.#block.finish(this.#blocks)
    const index = this.#index.finish(this.#blocks.length, this.#count)
    const out = new ByteWriter(4 + index.length + this.#blocks.length)
    out.word(index.length)
    out.append(index)
    out.append(this.#blocks.bytes.subarray(0, this.#blocks.length))
    return out.take()
  }
}

/**
 * The frequent terms of a lane with their document frequencies and the ranges of their lists. The stored bytes are
 * searched directly; a block is decoded when it is first needed, and then kept.
 */
export class FrequentTerms {
  readonly #lane: Lane
  readonly #source: string
  readonly #index: SparseIndex
  readonly #blocks: Uint8Array
  readonly #opened: (TermBlock | undefined)[] = []

  /** @throws {CorruptDataError} for bytes that no {@link FrequentTermsBuilder} wrote */
  constructor(bytes: Uint8Array, lane: Lane, source: string) {
    const indexSize = bytes.length < 4 ? 0 : readWord(bytes, 0)
    if (bytes.length < 4 + indexSize) throw corrupt(source, `is ${bytes.length} bytes for an index of ${indexSize}`)
    this.#lane = lane
    this.#source = source
    this.#index = new SparseIndex(bytes.subarray(4, 4 + indexSize), source)
    this.#blocks = bytes.subarray(4 + indexSize)
  }

  get count(): number {
    return this.#index.entryCount
  }

  /** The block of `term` and its index in the block; undefined if the term is not frequent. */
  find(term: Uint8Array): { block: TermBlock; i: number } | undefined {
    const b = this.#index.blockOf(term)
    if (b === -1) return undefined
    const block = this.#open(b)
    const i = block.find(term)
    return i === -1 ? undefined : { block, i }
  }

  #open(b: number): TermBlock {
    const known = this.#opened[b]
    if (known !== undefined) return known
    const { start, end } = this.#index.range(b)
    const shape = { lane: this.#lane, place: 'frequent' } as const
    const block = openTermBlock(this.#blocks.subarray(start, end), shape, this.#source)
    this.#opened[b] = block
    return block
  }
}
