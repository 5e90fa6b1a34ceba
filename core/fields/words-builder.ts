import type { TextAnalyzer, TokenBuffer } from '../analysis/text-analyzer.ts'
import { assert } from '../assert.ts'
import { blocksOfNumbers } from '../columns/column-builder.ts'
import type { DictionaryWriter } from '../dictionary/dictionary-writer.ts'
import type { Lane } from '../dictionary/lane.ts'
import { TextFieldIndex } from '../dictionary/text-field-index.ts'
import { WholeValueIndex } from '../dictionary/whole-values.ts'
import { type Field, type FieldValue, KEYWORD_BYTES_MAX } from './field.ts'
import {
  type BuildContext,
  type FieldBuilder,
  type FieldOutput,
  type WordTotals,
  writeBlocks,
} from './field-builder.ts'
import { KeywordsBuilder } from './keywords-builder.ts'

/** The distance in positions from the last word of a value to the first word of the next value in an array. */
export const VALUE_GAP = 100

/**
 * Builds the analysed words of a field with their positions, the lengths, and the exact values if the field has them.
 */
export class WordsBuilder implements FieldBuilder {
  readonly analyzer: TextAnalyzer
  readonly #index: TextFieldIndex
  readonly #wholeValues: WholeValueIndex
  readonly #withoutStopWords: boolean
  readonly #tokens: TokenBuffer
  /** Indexed tokens per document. */
  readonly #lengths: Uint32Array
  /** Indexed tokens per document without stop words: at least 1 if the document has the field, otherwise 0. */
  readonly #contentLengths: Uint32Array
  readonly #has: Uint8Array
  readonly #keywords: KeywordsBuilder | undefined

  constructor(field: Field, { docCount, analyzers, tokens }: BuildContext) {
    this.analyzer = analyzers.get(field.language)
    this.#index = new TextFieldIndex(this.analyzer.vocabulary)
    this.#wholeValues = new WholeValueIndex(this.analyzer.vocabulary)
    this.#withoutStopWords = field.stopWords === 'index'
    this.#tokens = tokens
    this.#lengths = new Uint32Array(docCount)
    this.#contentLengths = new Uint32Array(docCount)
    this.#has = new Uint8Array(docCount)
    this.#keywords = field.keywords ? new KeywordsBuilder(docCount, true, KEYWORD_BYTES_MAX) : undefined
  }

  add(docId: number, values: readonly FieldValue[], elements?: readonly number[]): void {
    const tokens = this.#tokens
    const index = this.#index
    const withoutStopWords = this.#withoutStopWords
    const vocabulary = this.analyzer.vocabulary
    let base = 0
    let length = 0
    let stopWordCount = 0
    for (const value of values) {
      assert(typeof value === 'string', 'values of text fields are strings')
      this.analyzer.tokenize(value, tokens)
      const { ids, positions, count } = tokens
      this.#wholeValues.add(docId, ids, count)
      for (let i = 0; i < count; i++) {
        const token = ids[i]!
        const isStopWord = vocabulary.isStopWord(token)
        if (withoutStopWords && isStopWord) continue
        if (isStopWord) stopWordCount++
        index.add(docId, token, base + positions[i]!)
        length++
      }
      if (count > 0) base += positions[count - 1]! + VALUE_GAP
    }
    this.#lengths[docId] = length
    this.#contentLengths[docId] = Math.max(1, length - stopWordCount)
    this.#has[docId] = 1
    this.#keywords?.add(docId, values, elements)
  }

  write(out: FieldOutput): WordTotals | undefined {
    writeBlocks(out.numbers('lengths'), blocksOfNumbers(this.#lengthsPlusOne()))
    writeBlocks(out.numbers('contentLengths'), blocksOfNumbers(this.#contentLengths))
    writeLane(out, 'text', (writer) => this.#index.writeTerms(writer, this.#lengths))
    writeLane(out, 'form', (writer) => this.#index.writeForms(writer))
    writeLane(out, 'prefix', (writer) => this.#index.writePrefixes(writer, this.#lengths.length))
    writeLane(out, 'whole', (writer) => this.#wholeValues.write(writer))
    this.#keywords?.write(out)
    return this.#totals()
  }

  #lengthsPlusOne(): Uint32Array {
    const lengths = new Uint32Array(this.#lengths.length)
    for (let docId = 0; docId < lengths.length; docId++) {
      if (this.#has[docId] === 1) lengths[docId] = this.#lengths[docId]! + 1
    }
    return lengths
  }

  #totals(): WordTotals | undefined {
    let docCount = 0
    let tokenCount = 0
    for (const length of this.#lengths) {
      if (length > 0) docCount++
      tokenCount += length
    }
    return docCount === 0 ? undefined : { docCount, tokenCount }
  }
}

function writeLane(out: FieldOutput, lane: Lane, write: (writer: DictionaryWriter) => void): void {
  const written = out.lane(lane)
  write(written.dictionary)
  written.finish()
}
