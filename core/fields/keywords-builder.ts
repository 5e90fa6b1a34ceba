import { assert } from '../assert.ts'
import { ColumnBuilder } from '../columns/column-builder.ts'
import { KeywordIndex } from '../dictionary/keyword-index.ts'
import { hasBytesUpTo } from '../utf8.ts'
import { ElementsBuilder } from './elements-builder.ts'
import type { FieldValue } from './field.ts'
import { type FieldBuilder, type FieldOutput, PresenceBuilder } from './field-builder.ts'

/** Builds a dictionary of exact values with their documents, and a column of ordinals. */
export class KeywordsBuilder implements FieldBuilder {
  readonly #index = new KeywordIndex()
  /** Per added value, in order: its document, and its number in the index. */
  readonly #docIds: number[] = []
  readonly #numbers: number[] = []
  readonly #docCount: number
  readonly #presence: PresenceBuilder | undefined
  readonly #bytesMax: number
  readonly #elements = new ElementsBuilder()

  /** @param bytesMax longer values are omitted */
  constructor(docCount: number, hasColumn: boolean, bytesMax = Number.POSITIVE_INFINITY) {
    this.#docCount = docCount
    this.#presence = hasColumn ? undefined : new PresenceBuilder(docCount)
    this.#bytesMax = bytesMax
  }

  add(docId: number, values: readonly FieldValue[], elements?: readonly number[]): void {
    this.#presence?.add(docId)
    for (const value of values) {
      assert(typeof value === 'string', 'values of a dictionary are strings')
      if (!hasBytesUpTo(this.#bytesMax, value)) continue
      this.#docIds.push(docId)
      this.#numbers.push(this.#index.add(docId, value))
    }
    if (this.#presence === undefined)
      this.#elements.add(
        docId,
        elements?.filter((_, v) => this.#isKept(values[v]!)),
      )
  }

  #isKept(value: FieldValue): boolean {
    return hasBytesUpTo(this.#bytesMax, value as string)
  }

  write(out: FieldOutput): undefined {
    const lane = out.lane('keyword')
    const ranks = this.#index.write(lane.dictionary)
    lane.finish()
    if (this.#presence !== undefined) return this.#presence.write(out)
    const section = out.numbers('column')
    const column = new ColumnBuilder('ordinal', (block) => section.add(block))
    for (let i = 0; i < this.#docIds.length; i++) column.add(this.#docIds[i]!, ranks[this.#numbers[i]!]!)
    column.finish(this.#docCount)
    section.finish()
    this.#elements.write(out, this.#docCount)
  }
}
