import { type Bitset, bitsetAdd, newBitset } from '../../bytes/bitset.ts'
import type { Shelf } from '../../cache/unit-cache.ts'
import { COLUMN_BLOCK_DOCS, type Column, type Zone } from '../../columns/column.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { ColumnSection } from '../format/column-section.ts'
import { type Footer, sectionsOf } from '../format/footer.ts'
import { type Plan, whenRead } from '../format/read-plan.ts'
import type { SegmentBytes } from '../format/segment-bytes.ts'
import { SectionKind } from '../format/segment-format.ts'

const NO_COLUMN: Column = { blocks: [], zones: [] }

/** Reads the columns of one segment: values of fields, lengths of text, and which documents have a field. */
export class ColumnReader {
  readonly #file: SegmentBytes
  readonly #footer: Footer
  readonly #sections = new Map<number, ColumnSection | undefined>()
  /** Lengths by field, and the documents that have the field. */
  readonly #lengths: Shelf<FieldNumber, Uint32Array>
  readonly #present: Shelf<FieldNumber, Bitset>

  constructor(file: SegmentBytes, footer: Footer) {
    this.#file = file
    this.#footer = footer
    this.#lengths = file.units.shelf()
    this.#present = file.units.shelf()
  }

  /** A section of column blocks; undefined if the segment has none of that kind. @throws {CorruptDataError} for an index that no writer made */
  section(kind: SectionKind, field: FieldNumber): ColumnSection | undefined {
    const key = field * 256 + kind
    if (this.#sections.has(key)) return this.#sections.get(key)
    const [found] = sectionsOf(this.#footer, kind, field)
    const section = found && new ColumnSection(this.#file, found, this.#footer.docCount)
    this.#sections.set(key, section)
    return section
  }

  /**
   * Reads the values of a field, in the blocks that `wanted` accepts by zone and number. A field without
   * a column in this segment has no blocks. One round.
   */
  read(field: FieldNumber, wanted?: (zone: Zone, block: number) => boolean): Plan<Column> {
    return this.section(SectionKind.column, field)?.read(wanted) ?? NO_COLUMN
  }

  /**
   * Reads the element of an array of objects that each value of a field belongs to: one number per value, in the same order. If a
   * document has no number, all of its values belong to element 0. One round.
   */
  elements(field: FieldNumber, wanted?: (zone: Zone, block: number) => boolean): Plan<Column> {
    return this.section(SectionKind.elements, field)?.read(wanted) ?? NO_COLUMN
  }

  /** Bounds of the values in each block of a field. They are in the footer and cost no read. */
  zones(field: FieldNumber): Column['zones'] {
    return this.section(SectionKind.column, field)?.zones ?? NO_COLUMN.zones
  }

  /** Length of the text field + 1, in tokens, by docId; 0 if the document lacks the field. Shared: callers must not change it. */
  lengths(field: FieldNumber): Plan<Uint32Array> {
    const known = this.#lengths.get(field)
    if (known !== undefined) return known
    const section = this.section(SectionKind.lengths, field)
    if (section === undefined) return new Uint32Array(this.#footer.docCount)
    return whenRead(section.read(), (column) => {
      const lengths = wholeNumbers(column, this.#footer.docCount)
      return this.#lengths.set(field, lengths, lengths.byteLength)
    })
  }

  /** Length of the text field without stop words, in tokens, at least 1, by docId; 0 if the document lacks the field. */
  contentLengths(field: FieldNumber): Plan<Uint32Array> {
    const section = this.section(SectionKind.contentLengths, field)
    if (section === undefined) return new Uint32Array(this.#footer.docCount)
    return whenRead(section.read(), (column) => wholeNumbers(column, this.#footer.docCount))
  }

  /** As {@link lengths}, for some documents, in the order of `docIds`: reads only their blocks. One round. */
  lengthsOf(field: FieldNumber, docIds: Uint32Array): Plan<Uint32Array> {
    const known = this.#lengths.get(field)
    if (known !== undefined) return docIds.map((docId) => known[docId]!)
    const section = this.section(SectionKind.lengths, field)
    if (section === undefined) return new Uint32Array(docIds.length)
    const wanted = new Set(Array.from(docIds, blockOf))
    return whenRead(
      section.read((_, block) => wanted.has(block)),
      ({ blocks }) => docIds.map((docId) => Number(blocks[blockOf(docId)]?.values[docId % COLUMN_BLOCK_DOCS] ?? 0)),
    )
  }

  /** The documents that have at least one value of `field`, whatever its index. Shared: callers must not change it. */
  exists(field: FieldNumber): Plan<Bitset> {
    const known = this.#present.get(field)
    if (known !== undefined) return known
    const { docCount } = this.#footer
    const numbers = this.section(SectionKind.lengths, field) ?? this.section(SectionKind.presence, field)
    const found: Plan<Bitset> =
      numbers === undefined
        ? whenRead(this.read(field), (column) => presentIn(column, docCount))
        : whenRead(numbers.read(), (column) => nonZero(wholeNumbers(column, docCount)))
    return whenRead(found, (set) => this.#present.set(field, set, set.byteLength))
  }
}

function blockOf(docId: number): number {
  return Math.floor(docId / COLUMN_BLOCK_DOCS)
}

/** The values of a single-valued column of whole numbers as one array; 0 for documents without a value. */
function wholeNumbers({ blocks }: Column, docCount: number): Uint32Array {
  const numbers = new Uint32Array(docCount)
  for (const [b, block] of blocks.entries()) {
    if (block !== undefined) numbers.set(block.values as Uint32Array, b * COLUMN_BLOCK_DOCS)
  }
  return numbers
}

/** The documents whose number is not 0. */
function nonZero(numbers: Uint32Array): Bitset {
  const set = newBitset(numbers.length)
  for (let docId = 0; docId < numbers.length; docId++) if (numbers[docId] !== 0) bitsetAdd(set, docId)
  return set
}

/** The documents that have a value in a column. */
export function presentIn({ blocks }: Column, docCount: number): Bitset {
  const set = newBitset(docCount)
  for (const block of blocks) {
    if (block === undefined) continue
    const word = block.docStart >>> 5
    if (block.present !== undefined) set.set(block.present, word)
    else {
      set.fill(0xffff_ffff, word, word + (block.docCount >>> 5))
      const rest = block.docCount & 31
      if (rest !== 0) set[word + (block.docCount >>> 5)] = 2 ** rest - 1
    }
  }
  return set
}
