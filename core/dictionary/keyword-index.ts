import { PostingsAccumulator } from '../postings/postings-accumulator.ts'
import { PostingsBuffer } from '../postings/postings-buffer.ts'
import { hasLoneSurrogate } from '../utf8.ts'
import type { DictionaryWriter } from './dictionary-writer.ts'
import { sortTerms, tableOfStrings, termBytesAt } from './sort-terms.ts'

const NO_MARK = {}

/** Builds the index of one field's exact values in a batch of documents. */
export class KeywordIndex {
  readonly #numbers = new Map<string, number>()
  readonly #values: string[] = []
  readonly #postings = new PostingsAccumulator('documents')

  /**
   * Adds a value. Documents ascend.
   *
   * @returns the value's number: dense, in order of first appearance
   */
  add(doc: number, value: string): number {
    const number = this.#numbers.get(value) ?? this.#intern(value)
    this.#postings.addDocument(this.#postings.intern(number), doc)
    return number
  }

  /**
   * Writes all values in ascending order to a writer of the keyword lane.
   *
   * @returns by the number of a value: its rank, which is its ordinal in the lane
   */
  write(writer: DictionaryWriter): Uint32Array {
    const ranks = new Uint32Array(this.#values.length)
    const table = tableOfStrings(this.#values)
    const buffer = new PostingsBuffer()
    let rank = 0
    for (const number of sortTerms(table)) {
      ranks[number] = rank++
      this.#postings.read(this.#postings.intern(number), buffer)
      writer.write(termBytesAt(table, number), NO_MARK, { docIds: buffer.docIds, count: buffer.count })
    }
    return ranks
  }

  /** Numbers a new value. Lone surrogates are stored as U+FFFD, so strings that differ only in them are one value. */
  #intern(value: string): number {
    const stored = hasLoneSurrogate(value) ? Buffer.from(value).toString() : value
    const number = this.#numbers.get(stored) ?? this.#values.push(stored) - 1
    this.#numbers.set(stored, number)
    this.#numbers.set(value, number)
    return number
  }
}
