import { openPositions } from '../postings/open-positions.ts'
import { openPostings } from '../postings/open-postings.ts'
import type { PositionList, PostingList } from '../postings/posting-list.ts'
import type { ListRange, TermBlock } from '../postings/term-block.ts'
import { TERM_BLOCK_SIZE } from '../postings/term-block-shape.ts'
import type { FieldNumber, Lane } from '../schema/schema.ts'
import type { LaneDictionary } from './lane-dictionary.ts'
import type { LiveSource } from './live-documents.ts'
import { type FileRange, readRuns } from './read-runs.ts'

/** Dictionary blocks that are fetched at a time, with all their lists. */
const BATCH_BLOCKS = 16

/** Which lists of the entries are wanted. */
export type CursorLists = 'postings' | 'positions'

/** Walks over all entries of one lane of one source, in order, with their lists. */
export class LaneCursor {
  readonly #source: LiveSource
  readonly #lane: LaneDictionary
  readonly #lists: CursorLists
  #nextBlock = 0
  #batchStart = 0
  #batch: readonly TermBlock[] = []
  #postings: ReadonlyMap<number, Uint8Array> = new Map()
  #positions: ReadonlyMap<number, Uint8Array> = new Map()
  #block: TermBlock | undefined
  #inBatch = 0
  #i = 0
  /** The current entry's term in UTF-8, valid until the next {@link advance}; undefined at the end. */
  term: Uint8Array | undefined

  constructor(source: LiveSource, { field, lane }: { field: FieldNumber; lane: Lane }, lists: CursorLists) {
    this.#source = source
    this.#lane = source.reader.lane(field, lane)
    this.#lists = lists
  }

  /** Fetches the first entries. To be called once, before all else. */
  async start(): Promise<void> {
    await this.#fill()
  }

  /** Moves to the next entry. A promise only if it has to be fetched. */
  advance(): Promise<void> | undefined {
    if (++this.#i < this.#block!.count) {
      this.term = this.#block!.termBytes(this.#i)
      return undefined
    }
    if (++this.#inBatch < this.#batch.length) {
      this.#enterBlock()
      return undefined
    }
    return this.#fill()
  }

  /** Rank of the current entry in its lane. */
  get ordinal(): number {
    return (this.#batchStart + this.#inBatch) * TERM_BLOCK_SIZE + this.#i
  }

  get ownForm(): boolean {
    return this.#block!.ownForm(this.#i)
  }

  get indexedTerm(): Uint8Array {
    return this.#block!.indexedTermBytes(this.#i)
  }

  postings(): PostingList {
    const block = this.#block!
    const inline = block.inlinePostings(this.#i)
    return openPostings(inline ?? this.#postings.get(this.ordinal)!, {
      docFreq: block.docFreq(this.#i),
      scored: this.#lane.lane === 'text',
      docCount: this.#source.reader.docCount,
      source: this.#source.reader.source,
    })
  }

  positions(): PositionList {
    const block = this.#block!
    const inline = block.inlinePositions(this.#i)
    return openPositions(inline ?? this.#positions.get(this.ordinal)!, {
      docFreq: block.docFreq(this.#i),
      checksum: inline === undefined ? 'own' : 'none',
      source: this.#source.reader.source,
    })
  }

  async #fill(): Promise<void> {
    const start = this.#nextBlock
    const end = Math.min(start + BATCH_BLOCKS, this.#lane.blockCount)
    this.#nextBlock = end
    this.#batchStart = start
    this.#inBatch = 0
    if (start === end) {
      this.term = undefined
      this.#block = undefined
      return
    }
    this.#batch = await this.#lane.readBlocks(this.#source.store, start, end)
    const [postings, positions] = await Promise.all([
      this.#readLists((block, i) => block.postingsRange(i), this.#lane.postings),
      this.#lists === 'positions'
        ? this.#readLists((block, i) => block.positionsRange(i), this.#lane.positions)
        : undefined,
    ])
    this.#postings = postings
    this.#positions = positions ?? new Map()
    this.#enterBlock()
  }

  /** The lists of the batch that do not lie in its blocks, by ordinal. */
  async #readLists(
    rangeOf: (block: TermBlock, i: number) => ListRange,
    pieces: LaneDictionary['postings'],
  ): Promise<Map<number, Uint8Array>> {
    const ordinals: number[] = []
    const ranges: FileRange[] = []
    for (const [b, block] of this.#batch.entries()) {
      for (let i = 0; i < block.count; i++) {
        const { place, start, end } = rangeOf(block, i)
        if (place === 'block') continue
        const fileStart = pieces.inFile(start)
        ordinals.push((this.#batchStart + b) * TERM_BLOCK_SIZE + i)
        ranges.push({ start: fileStart, end: fileStart + end - start })
      }
    }
    const lists = await readRuns(this.#source.store, this.#source.reader.bytes, ranges)
    return new Map(lists.map((list, k) => [ordinals[k]!, list]))
  }

  #enterBlock(): void {
    this.#block = this.#batch[this.#inBatch]!
    this.#i = 0
    this.term = this.#block.termBytes(0)
  }
}
