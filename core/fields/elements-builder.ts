import type { ColumnBlock } from '../columns/column.ts'
import { ColumnBuilder } from '../columns/column-builder.ts'
import { type FieldOutput, writeBlocks } from './field-builder.ts'

/** Which elements of arrays of objects the values of a column are of; nothing is written of documents whose values are all of element 0. */
export class ElementsBuilder {
  readonly #blocks: (ColumnBlock | undefined)[] = []
  readonly #column = new ColumnBuilder('ordinal', (block) => this.#blocks.push(block))

  /** @param elements one a value of the column; absent: all are 0 */
  add(docId: number, elements: readonly number[] | undefined): void {
    if (elements?.some((element) => element > 0)) for (const element of elements) this.#column.add(docId, element)
  }

  write(out: FieldOutput, docCount: number): void {
    this.#column.finish(docCount)
    if (this.#blocks.some((block) => block !== undefined)) writeBlocks(out.numbers('elements'), this.#blocks)
  }
}
