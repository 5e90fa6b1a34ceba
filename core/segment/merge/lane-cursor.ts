import { type Bitset, bitsetHas } from '../../bytes/bitset.ts'
import { withoutChecksum } from '../../bytes/checksum.ts'
import type { Lane } from '../../dictionary/lane.ts'
import type { ListRange, TermBlock } from '../../dictionary/term-block.ts'
import { TERM_BLOCK_SIZE } from '../../dictionary/term-block-shape.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { openPositions } from '../../postings/open-positions.ts'
import { openPostings } from '../../postings/open-postings.ts'
import type { PositionList, PostingList } from '../../postings/posting-list.ts'
import type { Pieces } from '../format/pieces.ts'
import { type FileRange, readRuns } from '../format/read-runs.ts'
import type { LaneDictionary } from '../read/lane-dictionary.ts'
import type { LiveSource } from './live-documents.ts'

/** Dictionary blocks that are fetched together, with all their lists. */
const BATCH_BLOCKS = 64

/** Blocks from number `start` on, and those of their lists that are not in the blocks, by ordinal. */
type Batch = {
  readonly start: number
  readonly blocks: readonly TermBlock[]
  readonly postings: ReadonlyMap<number, Uint8Array>
  readonly positions: ReadonlyMap<number, Uint8Array>
}

const NO_BATCH: Batch = { start: 0, blocks: [], postings: new Map(), positions: new Map() }

export type CursorOptions = {
  /** Which lists of the entries to read; `positions` reads both. */
  readonly lists: 'postings' | 'positions'
  /** Ordinals of the entries to stop at. Default: all entries. */
  readonly only?: Bitset | undefined
}

/** Walks through the entries of one lane of one source, in order, with their lists. */
export class LaneCursor {
  readonly #source: LiveSource
  readonly #lane: LaneDictionary
  readonly #options: CursorOptions
  #batch: Batch = NO_BATCH
  #next: Promise<Batch>
  #block: TermBlock | undefined
  #inBatch = 0
  #i = 0
  /** The current entry's term in UTF-8, valid until the next {@link advance}; undefined at the end. */
  term: Uint8Array | undefined

  constructor(source: LiveSource, { field, lane }: { field: FieldNumber; lane: Lane }, options: CursorOptions) {
    this.#source = source
    this.#lane = source.reader.terms.lane(field, lane)
    this.#options = options
    this.#next = this.#fetch(0)
  }

  /** Fetches the next entries. Must be called once, before all other methods. */
  async start(): Promise<void> {
    await this.#fill()
    if (this.term !== undefined && !this.#isWanted()) await this.advance()
  }

  /** Moves to the next entry. Returns a promise only if the entry has to be fetched. */
  advance(): Promise<void> | undefined {
    do {
      if (++this.#i < this.#block!.count) this.term = this.#block!.termBytes(this.#i)
      else if (++this.#inBatch < this.#batch.blocks.length) this.#enterBlock()
      else return this.start()
    } while (!this.#isWanted())
    return undefined
  }

  /** Rank of the current entry in its lane. */
  get ordinal(): number {
    return (this.#batch.start + this.#inBatch) * TERM_BLOCK_SIZE + this.#i
  }

  get ownForm(): boolean {
    return this.#block!.ownForm(this.#i)
  }

  /** Whether the entry's documents are those of a form: it is in the form lane, or is a term that is its own only form. */
  get isForm(): boolean {
    return this.#lane.lane === 'form' || this.ownForm
  }

  get indexedTerm(): Uint8Array {
    return this.#block!.indexedTermBytes(this.#i)
  }

  postings(): PostingList {
    const block = this.#block!
    const { docCount, source } = this.#source.reader
    const inline = block.openPostings(this.#i, { docCount, source })
    if (inline !== undefined) return inline
    return openPostings(this.#batch.postings.get(this.ordinal)!, {
      docFreq: block.docFreq(this.#i),
      scored: this.#lane.lane === 'text',
      docCount,
      source,
    })
  }

  positions(): PositionList {
    const block = this.#block!
    const { source } = this.#source.reader
    const inline = block.openPositions(this.#i, source)
    if (inline !== undefined) return inline
    return openPositions(this.#batch.positions.get(this.ordinal)!, {
      docFreq: block.docFreq(this.#i),
      checksum: 'own',
      source,
    })
  }

  #isWanted(): boolean {
    const { only } = this.#options
    return only === undefined || bitsetHas(only, this.ordinal)
  }

  async #fill(): Promise<void> {
    this.#batch = await this.#next
    this.#inBatch = 0
    const { start, blocks } = this.#batch
    if (blocks.length === 0) {
      this.term = undefined
      this.#block = undefined
      return
    }
    this.#next = this.#fetch(start + blocks.length)
    this.#enterBlock()
  }

  /** Fetches blocks from `start` on with their lists, while the caller works on the blocks before them. */
  #fetch(start: number): Promise<Batch> {
    const end = Math.min(start + BATCH_BLOCKS, this.#lane.blocks.units.count)
    const batch = start === end ? Promise.resolve(NO_BATCH) : this.#read(start, end)
    // An error reaches the caller that awaits the batch. If the merge is given up, nobody awaits it.
    batch.catch(() => undefined)
    return batch
  }

  async #read(start: number, end: number): Promise<Batch> {
    const blocks = await this.#lane.blocks.readRun(this.#source.store, start, end)
    const [postings, positions] = await Promise.all([
      this.#readLists({ start, blocks }, (block, i) => block.postingsRange(i), this.#lane.postings),
      this.#options.lists === 'positions'
        ? this.#readLists({ start, blocks }, (block, i) => block.positionsRange(i), this.#lane.positions)
        : NO_BATCH.positions,
    ])
    return { start, blocks, postings, positions }
  }

  /** Reads the lists of a batch that are not in its blocks, by ordinal. */
  async #readLists(
    { start, blocks }: Pick<Batch, 'start' | 'blocks'>,
    rangeOf: (block: TermBlock, i: number) => ListRange,
    pieces: Pieces,
  ): Promise<ReadonlyMap<number, Uint8Array>> {
    const { only } = this.#options
    const ordinals: number[] = []
    const ranges: FileRange[] = []
    for (const [b, block] of blocks.entries()) {
      for (let i = 0; i < block.count; i++) {
        const list = rangeOf(block, i)
        const ordinal = (start + b) * TERM_BLOCK_SIZE + i
        if (list.place === 'block' || (only !== undefined && !bitsetHas(only, ordinal))) continue
        const fileStart = pieces.inFile(list.start)
        ordinals.push(ordinal)
        ranges.push({ start: fileStart, end: fileStart + list.end - list.start })
      }
    }
    const { store, reader } = this.#source
    const lists = await readRuns(store, reader.bytes, ranges, (list, k) => {
      withoutChecksum(
        list,
        `${reader.source}: list of ${this.#lane.lane} term ${ordinals[k]} of field ${this.#lane.field}`,
      )
      return list
    })
    return new Map(lists.map((list, k) => [ordinals[k]!, list]))
  }

  #enterBlock(): void {
    this.#block = this.#batch.blocks[this.#inBatch]!
    this.#i = 0
    this.term = this.#block.termBytes(0)
  }
}
