import { COLUMN_BLOCK_DOCS, type ColumnBlock } from '../../columns/column.ts'
import type { FieldNumber } from '../../fields/field.ts'
import type { DocId } from '../../postings/posting-list.ts'
import type { ColumnSection } from '../format/column-section.ts'
import { carryOut } from '../format/read-plan.ts'
import type { SectionKind } from '../format/segment-format.ts'
import type { LiveSource } from './live-documents.ts'

/** Blocks that are fetched together. */
const BATCH_BLOCKS = 16

/** Sections that may hold several values per document. */
export type ValueSection = typeof SectionKind.column | typeof SectionKind.elements

/** Walks through a column of one source, document by document in ascending order. */
export class ColumnCursor {
  readonly #source: LiveSource
  readonly #section: ColumnSection | undefined
  #batchStart = 0
  #batch: readonly (ColumnBlock | undefined)[] = []
  #block: ColumnBlock | undefined
  /** First document that needs another {@link moveTo}. */
  blockEnd: DocId = 0

  constructor(source: LiveSource, { kind, field }: { readonly kind: ValueSection; readonly field: FieldNumber }) {
    this.#source = source
    this.#section = source.reader.columns.section(kind, field)
  }

  /** Moves to the block of `docId`. */
  async moveTo(docId: DocId): Promise<void> {
    const number = Math.floor(docId / COLUMN_BLOCK_DOCS)
    this.blockEnd = (number + 1) * COLUMN_BLOCK_DOCS
    if (this.#section === undefined) return
    if (number >= this.#batchStart + this.#batch.length) {
      this.#batchStart = number
      this.#batch = await readBatch(this.#section, this.#source, number)
    }
    this.#block = this.#batch[number - this.#batchStart]
  }

  /** Calls `visit` with each value of a document in the current block. */
  forEachValue(docId: DocId, visit: (value: number | bigint) => void): void {
    const block = this.#block
    if (block === undefined) return
    const { values, starts, present } = block
    const i = docId - block.docStart
    if (starts !== undefined) {
      for (let at = starts[i]!; at < starts[i + 1]!; at++) visit(values[at]!)
    } else if (present === undefined || ((present[i >>> 5]! >>> (i & 31)) & 1) === 1) visit(values[i]!)
  }
}

async function readBatch(
  section: ColumnSection,
  { store }: LiveSource,
  start: number,
): Promise<(ColumnBlock | undefined)[]> {
  const numbers = Array.from({ length: Math.min(BATCH_BLOCKS, section.zones.length - start) }, (_, i) => start + i)
  const wanted = numbers.filter((b) => section.zones[b] !== undefined)
  const read = await carryOut(store, section.blocks.read(wanted))
  return numbers.map((b) => read[wanted.indexOf(b)])
}
