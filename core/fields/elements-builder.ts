import type { ColumnBlock } from '../columns/column.ts'
import { ColumnBuilder } from '../columns/column-builder.ts'
import { type FieldOutput, writeBlocks } from './field-builder.ts'

/**
 * Builds the column that says which element of an array of objects each value belongs to. A document whose values all
 * belong to element 0 has no entries.
 */
export class ElementsBuilder {
  readonly #blocks: (ColumnBlock | undefined)[] = []
  readonly #column = new ColumnBuilder('ordinal', (block) => this.#blocks.push(block))

  /** @param elements one per value of the column; all are 0 if absent */
  add(docId: number, elements: readonly number[] | undefined): void {
    if (elements?.some((element) => element > 0)) for (const element of elements) this.#column.add(docId, element)
  }

  write(out: FieldOutput, docCount: number): void {
    this.#column.finish(docCount)
    if (this.#blocks.some((block) => block !== undefined)) writeBlocks(out.numbers('elements'), this.#blocks)
  }
}
