import { corrupt } from '../../bytes/checksum.ts'
import { SparseIndex, SparseIndexBuilder } from '../../dictionary/sparse-index.ts'
import type { DocId } from '../../postings/posting-list.ts'
import { encodeIdBlock, ID_BLOCK_SIZE, IdBlock } from './id-blocks.ts'
import { type Plan, whenRead } from './read-plan.ts'
import { UnitReader, type Units } from './read-units.ts'
import type { SegmentBytes } from './segment-bytes.ts'
import { NO_FIELD, type Section, SectionKind } from './segment-format.ts'
import type { SegmentWriter } from './segment-writer.ts'

/** Writes the ids section. Ids are added in ascending order, which is the order of docIds. */
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

  /** Keeps `id` without copying; the caller must not change it. */
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

/** Bytes of memory that a decoded block, with its ids as strings, takes per byte of the file. */
const MEMORY_FACTOR = 8

/** Reads and finds a segment's ids. */
export class IdSection {
  readonly blocks: UnitReader<IdBlock>
  readonly #index: SparseIndex
  readonly #docCount: number

  /** @throws {CorruptDataError} for an index that no writer made */
  constructor(file: SegmentBytes, section: Section, docCount: number) {
    this.#docCount = docCount
    this.#index = new SparseIndex(section.index, `${file.source}: ids index`)
    this.blocks = new UnitReader(file, unitsOfIndex('ids', section.start, this.#index), {
      decode: (body, unit, source) => new IdBlock(body, this.#sizeOf(unit), source),
      memoryFactor: MEMORY_FACTOR,
    })
    if (this.#index.entryCount !== docCount || this.#index.blockCount !== Math.ceil(docCount / ID_BLOCK_SIZE)) {
      throw corrupt(`${file.source}: ids index`, `has ${this.#index.entryCount} ids, expected ${docCount}`)
    }
  }

  /** Reads the ids of documents, in the order of `docIds`. One round. */
  read(docIds: ArrayLike<DocId>): Plan<string[]> {
    const wanted = Uint32Array.from(new Set(Array.from(docIds, blockOf))).sort()
    return whenRead(this.blocks.read(wanted), (blocks) => {
      const byNumber = new Map(blocks.map((block, i) => [wanted[i]!, block.all()]))
      return Array.from(docIds, (docId) => byNumber.get(blockOf(docId))![docId % ID_BLOCK_SIZE]!)
    })
  }

  /**
   * Finds the docId of each id, or -1. One round.
   *
   * @param ids UTF-8, ascending
   */
  find(ids: readonly Uint8Array[]): Plan<Int32Array> {
    const found = new Int32Array(ids.length).fill(-1)
    if (this.#docCount === 0 || ids.length === 0) return found
    const wanted: number[] = []
    /** For each wanted block the index in `ids` of its first id. */
    const starts: number[] = []
    for (let i = 0; i < ids.length; i++) {
      const block = this.#index.blockOf(ids[i]!)
      if (wanted.at(-1) === block) continue
      wanted.push(block)
      starts.push(i)
    }
    return whenRead(this.blocks.read(wanted), (blocks) => {
      for (const [b, block] of blocks.entries()) {
        const start = starts[b]!
        const inBlock = block.find(ids.slice(start, starts[b + 1]))
        for (let i = 0; i < inBlock.length; i++) {
          if (inBlock[i]! >= 0) found[start + i] = wanted[b]! * ID_BLOCK_SIZE + inBlock[i]!
        }
      }
      return found
    })
  }

  /** Finds the first docId whose id is greater than `id`; the number of documents if none is. One round. */
  firstAfter(id: Uint8Array): Plan<DocId> {
    if (this.#docCount === 0) return 0
    const number = this.#index.blockOf(id)
    return whenRead(this.blocks.read([number]), ([block]) => number * ID_BLOCK_SIZE + block!.countUpTo(id))
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
