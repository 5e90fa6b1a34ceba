import type { AnalyzerPool } from '../../analysis/analyzer-pool.ts'
import type { TextAnalyzer, TokenBuffer } from '../../analysis/text-analyzer.ts'
import { assert } from '../../assert.ts'
import type { ColumnBlock } from '../../columns/column.ts'
import { blocksOfNumbers, ColumnBuilder } from '../../columns/column-builder.ts'
import { KeywordIndex } from '../../dictionary/keyword-index.ts'
import { TextFieldIndex } from '../../dictionary/text-field-index.ts'
import { type Field, type FieldNumber, type FieldValue, KEYWORD_BYTES_MAX } from '../../fields/field.ts'
import { utf8ByteLength } from '../../utf8.ts'
import { ColumnSectionWriter } from '../format/column-section.ts'
import { LaneWriter } from '../format/lane-writer.ts'
import type { FieldTotals } from '../format/segment-entry.ts'
import { SectionKind, type SegmentField } from '../format/segment-format.ts'
import type { SegmentWriter } from '../format/segment-writer.ts'

/** How many positions after the last word of one value of an array the first word of the next one is. */
export const VALUE_GAP = 100

export type FieldBuilderOptions = {
  readonly docCount: number
  readonly analyzers: AnalyzerPool
  /** Scratch space that all fields share. */
  readonly tokens: TokenBuffer
}

/** Everything that one field of a batch of documents becomes. Documents are added in docId order. */
export class FieldBuilder {
  readonly #field: Field
  readonly #docCount: number
  readonly #text: TextPart | undefined
  readonly #keywords: KeywordPart | undefined
  readonly #numbers: NumberPart | undefined
  /** Documents that have a value, where nothing else says so. */
  readonly #presence: Uint32Array | undefined

  constructor(field: Field, { docCount, analyzers, tokens }: FieldBuilderOptions) {
    const isText = field.type === 'text'
    const isKeyword = field.type === 'keyword' || (isText && field.keywords)
    const isNumber = !isText && !isKeyword
    this.#field = field
    this.#docCount = docCount
    this.#text = isText ? new TextPart(field, docCount, { analyzer: analyzers.get(field.language), tokens }) : undefined
    this.#keywords = isKeyword ? new KeywordPart(isText ? KEYWORD_BYTES_MAX : Number.POSITIVE_INFINITY) : undefined
    this.#numbers = isNumber && field.column ? new NumberPart() : undefined
    this.#presence = isText || field.column ? undefined : new Uint32Array(docCount)
  }

  add(docId: number, values: readonly FieldValue[]): void {
    this.#text?.add(docId, values)
    this.#keywords?.add(docId, values)
    this.#numbers?.add(docId, values)
    if (this.#presence !== undefined) this.#presence[docId] = 1
  }

  /** Writes the field's sections, which follow those of lower fields. */
  write(out: SegmentWriter): { field: SegmentField; totals: FieldTotals | undefined } {
    const { number, name, type, column } = this.#field
    this.#text?.write(out, number)
    this.#keywords?.write(out, { field: number, docCount: this.#docCount, column })
    const blocks = this.#numbers?.finish(this.#docCount)
    if (blocks !== undefined) writeBlocks(out, { kind: SectionKind.column, field: number }, blocks)
    if (this.#presence !== undefined) {
      writeBlocks(out, { kind: SectionKind.presence, field: number }, blocksOfNumbers(this.#presence))
    }
    const analyzer = this.#text?.analyzer
    return {
      field: { number, name, type, analyzer: analyzer?.id ?? '', analyzerVersion: analyzer?.version ?? 0 },
      totals: this.#text?.totals(number),
    }
  }
}

/** Analysed words with their positions, and the field's lengths. */
class TextPart {
  readonly analyzer: TextAnalyzer
  readonly #index: TextFieldIndex
  readonly #withoutStopWords: boolean
  readonly #tokens: TokenBuffer
  /** Indexed tokens per document. */
  readonly #lengths: Uint32Array
  readonly #has: Uint8Array

  constructor(
    field: Field,
    docCount: number,
    { analyzer, tokens }: { readonly analyzer: TextAnalyzer; readonly tokens: TokenBuffer },
  ) {
    this.analyzer = analyzer
    this.#tokens = tokens
    this.#index = new TextFieldIndex(analyzer.vocabulary)
    this.#withoutStopWords = field.stopWords === 'index'
    this.#lengths = new Uint32Array(docCount)
    this.#has = new Uint8Array(docCount)
  }

  add(docId: number, values: readonly FieldValue[]): void {
    const tokens = this.#tokens
    const index = this.#index
    const withoutStopWords = this.#withoutStopWords
    const vocabulary = this.analyzer.vocabulary
    let base = 0
    let length = 0
    for (const value of values) {
      assert(typeof value === 'string', 'values of text fields are strings')
      this.analyzer.tokenize(value, tokens)
      const { ids, positions, count } = tokens
      for (let i = 0; i < count; i++) {
        const token = ids[i]!
        if (withoutStopWords && vocabulary.isStopWord(token)) continue
        index.add(docId, token, base + positions[i]!)
        length++
      }
      if (count > 0) base += positions[count - 1]! + VALUE_GAP
    }
    this.#lengths[docId] = length
    this.#has[docId] = 1
  }

  write(out: SegmentWriter, field: FieldNumber): void {
    writeBlocks(out, { kind: SectionKind.lengths, field }, blocksOfNumbers(this.#lengthsPlusOne()))
    const terms = new LaneWriter(out, { field, lane: 'text' })
    this.#index.writeTerms(terms.dictionary, this.#lengths)
    terms.finish()
    const forms = new LaneWriter(out, { field, lane: 'form' })
    this.#index.writeForms(forms.dictionary)
    forms.finish()
  }

  #lengthsPlusOne(): Uint32Array {
    const lengths = new Uint32Array(this.#lengths.length)
    for (let docId = 0; docId < lengths.length; docId++) {
      if (this.#has[docId] === 1) lengths[docId] = this.#lengths[docId]! + 1
    }
    return lengths
  }

  totals(field: FieldNumber): FieldTotals | undefined {
    let docCount = 0
    let tokenCount = 0
    for (const length of this.#lengths) {
      if (length > 0) docCount++
      tokenCount += length
    }
    return docCount === 0 ? undefined : { field, docCount, tokenCount }
  }
}

/** Exact values, and their column. */
class KeywordPart {
  readonly #index = new KeywordIndex()
  /** Per value in turn: the document and the number that the index gave the value. */
  readonly #docIds: number[] = []
  readonly #numbers: number[] = []
  readonly #bytesMax: number

  /** @param bytesMax longer values are left out */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  add(docId: number, values: readonly FieldValue[]): void {
    for (const value of values) {
      assert(typeof value === 'string', 'values of keyword fields are strings')
      if (!fits(value, this.#bytesMax)) continue
      this.#docIds.push(docId)
      this.#numbers.push(this.#index.add(docId, value))
    }
  }

  write(
    out: SegmentWriter,
    { field, docCount, column }: { field: FieldNumber; docCount: number; column: boolean },
  ): void {
    const lane = new LaneWriter(out, { field, lane: 'keyword' })
    const ranks = this.#index.write(lane.dictionary)
    lane.finish()
    if (!column) return
    const section = new ColumnSectionWriter(out, { kind: SectionKind.column, field })
    const builder = new ColumnBuilder('ordinal', (block) => section.add(block))
    for (let i = 0; i < this.#docIds.length; i++) builder.add(this.#docIds[i]!, ranks[this.#numbers[i]!]!)
    builder.finish(docCount)
    section.finish()
  }
}

/** Numbers, dates, and booleans as 0 and 1. */
class NumberPart {
  readonly #blocks: (ColumnBlock | undefined)[] = []
  readonly #builder = new ColumnBuilder('number', (block) => this.#blocks.push(block))

  add(docId: number, values: readonly FieldValue[]): void {
    for (const value of values) {
      assert(typeof value !== 'string', 'values of a number column are not strings')
      this.#builder.add(docId, typeof value === 'boolean' ? Number(value) : value)
    }
  }

  finish(docCount: number): readonly (ColumnBlock | undefined)[] {
    this.#builder.finish(docCount)
    return this.#blocks
  }
}

/** Whether a value is no longer than that; a UTF-16 unit takes at most three bytes. */
function fits(value: string, bytesMax: number): boolean {
  return value.length * 3 <= bytesMax || utf8ByteLength(value) <= bytesMax
}

function writeBlocks(
  out: SegmentWriter,
  name: { kind: SectionKind; field: FieldNumber },
  blocks: readonly (ColumnBlock | undefined)[],
): void {
  const section = new ColumnSectionWriter(out, name)
  for (const block of blocks) section.add(block)
  section.finish()
}
