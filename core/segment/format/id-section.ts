import { corrupt } from '../../bytes/checksum.ts'
import { SparseIndex, SparseIndexBuilder } from '../../dictionary/sparse-index.ts'
import { type MaybePromise, whenHere } from '../../maybe-promise.ts'
import type { DocId } from '../../postings/posting-list.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { encodeIdBlock, ID_BLOCK_SIZE, IdBlock } from './id-blocks.ts'
import { KeptUnits } from './kept-units.ts'
import type { Units } from './read-units.ts'
import type { SegmentBytes } from './segment-bytes.ts'
import { NO_FIELD, type Section, SectionKind } from './segment-format.ts'
import type { SegmentWriter } from './segment-writer.ts'

/** Writes the ids section; ids are added in docId order, which is theirs. */
export class IdSectionWriter {
  readonly #out: SegmentWriter
  readonly #index = new SparseIndexBuilder()
  readonly #start: number
  #block: Uint8Array[] = []
  #previous: Uint8Array = new Uint8Array(0)
  #count = 0

  constructor(out: SegmentWriter) {
    this.#out = out
    this.#start = out.position
    out.beginSection({ kind: SectionKind.ids, field: NO_FIELD })
  }

  /** `id` must stay as it is. */
  add(id: Uint8Array): void {
    if (this.#block.length === 0) this.#index.add(this.#out.position - this.#start, id, this.#previous)
    this.#block.push(id)
    this.#previous = id
    this.#count++
    if (this.#block.length === ID_BLOCK_SIZE) this.#finishBlock()
  }

  finish(): void {
    if (this.#block.length > 0) this.#finishBlock()
    this.#out.endSection(this.#index.finish(this.#out.position - this.#start, this.#count))
  }

  #finishBlock(): void {
    this.#out.appendUnit(encodeIdBlock(this.#block))
    this.#block = []
  }
}

/** Where a segment's ids are. */
export class IdSection {
  readonly #index: SparseIndex
  readonly #units: Units
  readonly #docCount: number
  readonly #blocks: KeptUnits<IdBlock>

  /** @throws {CorruptDataError} for an index that no writer made */
  constructor(file: SegmentBytes, section: Section, docCount: number) {
    this.#docCount = docCount
    this.#index = new SparseIndex(section.index, `${file.source}: ids index`)
    this.#units = unitsOfIndex('ids', section.start, this.#index)
    this.#blocks = new KeptUnits(
      file,
      this.#units,
      (body, unit, source) => new IdBlock(body, this.#sizeOf(unit), source),
    )
    if (this.#index.entryCount !== docCount || this.#index.blockCount !== Math.ceil(docCount / ID_BLOCK_SIZE)) {
      throw corrupt(`${file.source}: ids index`, `has ${this.#index.entryCount} ids, expected ${docCount}`)
    }
  }

  /** The ids of documents in the order asked; one round. */
  read(store: ObjectStore, docIds: ArrayLike<DocId>): MaybePromise<string[]> {
    const wanted = Uint32Array.from(new Set(Array.from(docIds, blockOf))).sort()
    return whenHere(this.blocks(store, wanted), (blocks) => {
      const byNumber = new Map(blocks.map((block, i) => [wanted[i]!, block.all()]))
      return Array.from(docIds, (docId) => byNumber.get(blockOf(docId))![docId % ID_BLOCK_SIZE]!)
    })
  }

  /**
   * Decodes all ids, out of the whole file, and keeps them until {@link letGo}. A step is one block.
   *
   * @throws {CorruptDataError} for a block that is not as it was written
   */
  *keepBlocks(file: Uint8Array): Generator<void, void> {
    for (const block of this.#blocks.keep(file)) {
      block.all()
      yield
    }
  }

  letGo(): void {
    this.#blocks.letGo()
  }

  /**
   * DocId of each id, or -1; one round.
   *
   * @param ids UTF-8, ascending
   */
  async find(store: ObjectStore, ids: readonly Uint8Array[]): Promise<Int32Array> {
    const found = new Int32Array(ids.length).fill(-1)
    if (this.#docCount === 0 || ids.length === 0) return found
    const wanted: number[] = []
    /** Per wanted block its first id in `ids`. */
    const starts: number[] = []
    for (let i = 0; i < ids.length; i++) {
      const block = this.#index.blockOf(ids[i]!)
      if (wanted.at(-1) === block) continue
      wanted.push(block)
      starts.push(i)
    }
    const blocks = await this.blocks(store, wanted)
    for (const [b, block] of blocks.entries()) {
      const start = starts[b]!
      const inBlock = block.find(ids.slice(start, starts[b + 1]))
      for (let i = 0; i < inBlock.length; i++) {
        if (inBlock[i]! >= 0) found[start + i] = wanted[b]! * ID_BLOCK_SIZE + inBlock[i]!
      }
    }
    return found
  }

  /** The first docId whose id is greater than `id`; the number of documents if there is none. One round. */
  async firstAfter(store: ObjectStore, id: Uint8Array): Promise<DocId> {
    if (this.#docCount === 0) return 0
    const number = this.#index.blockOf(id)
    const [block] = await this.blocks(store, [number])
    return number * ID_BLOCK_SIZE + block!.countUpTo(id)
  }

  get blockCount(): number {
    return this.#units.count
  }

  /** Reads blocks by their numbers, ascending. */
  blocks(store: ObjectStore, wanted: ArrayLike<number>): MaybePromise<IdBlock[]> {
    return this.#blocks.read(store, wanted)
  }

  #sizeOf(block: number): number {
    return Math.min(ID_BLOCK_SIZE, this.#docCount - block * ID_BLOCK_SIZE)
  }
}

/** The blocks that a sparse index lists, as units of the file. */
function unitsOfIndex(name: string, start: number, index: SparseIndex): Units {
  return {
    name,
    count: index.blockCount,
    start: (unit) => start + index.range(unit).start,
    end: (unit) => start + index.range(unit).end,
  }
}

function blockOf(docId: DocId): number {
  return Math.floor(docId / ID_BLOCK_SIZE)
}
