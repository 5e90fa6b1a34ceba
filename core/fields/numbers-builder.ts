import { assert } from '../assert.ts'
import type { ColumnBlock } from '../columns/column.ts'
import { ColumnBuilder } from '../columns/column-builder.ts'
import { ElementsBuilder } from './elements-builder.ts'
import type { FieldValue } from './field.ts'
import { type FieldBuilder, type FieldOutput, writeBlocks } from './field-builder.ts'

/** Builds a column of numbers, with booleans as 0 and 1. */
export class NumbersBuilder implements FieldBuilder {
  readonly #docCount: number
  readonly #blocks: (ColumnBlock | undefined)[] = []
  readonly #column = new ColumnBuilder('number', (block) => this.#blocks.push(block))

  readonly #elements = new ElementsBuilder()

  constructor(docCount: number) {
    this.#docCount = docCount
  }

  add(docId: number, values: readonly FieldValue[], elements?: readonly number[]): void {
    this.#elements.add(docId, elements)
    for (const value of values) {
      assert(typeof value !== 'string', 'values of a number column are not strings')
      this.#column.add(docId, typeof value === 'boolean' ? Number(value) : value)
    }
  }

  write(out: FieldOutput): undefined {
    this.#column.finish(this.#docCount)
    writeBlocks(out.numbers('column'), this.#blocks)
    this.#elements.write(out, this.#docCount)
  }
}
