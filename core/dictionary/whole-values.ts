import { hashKey, type KeyHash, mixHash } from '../bytes/hash-key.ts'
import { encodeUtf8 } from '../utf8.ts'
import type { DictionaryWriter } from './dictionary-writer.ts'
import type { Words } from './text-field-index.ts'

/** Maximum words of a value with an entry: longer values are neither names nor titles. */
export const WHOLE_VALUE_WORDS_MAX = 16

/** A name has six characters of seven bits: all bits of the first hash, and some of the second. */
const NAME_CHARACTERS = 6
const CHARACTER_BITS = 7
const SECOND_BITS = NAME_CHARACTERS * CHARACTER_BITS - 32

/**
 * The name, in the lane `whole`, of the values that consist of exactly these words in this order.
 *
 * A name is a hash of 42 bits, because the words would take as many bytes as the text. In a field with a million
 * values, one lookup in four million finds a value of different words.
 *
 * @param forms lower-cased and folded, not stemmed; stop words included
 * @returns undefined for no words, or for more than {@link WHOLE_VALUE_WORDS_MAX}
 */
export function wholeValueName(forms: readonly string[]): string | undefined {
  if (forms.length === 0 || forms.length > WHOLE_VALUE_WORDS_MAX) return undefined
  const hash = hashForms(forms.length, (i) => hashKey(encodeUtf8(forms[i]!)))
  const bytes = new Uint8Array(NAME_CHARACTERS)
  writeName(hash, bytes)
  return String.fromCharCode(...bytes)
}

/** Builds the index of the short values of one text field in a batch of documents, each as one term. */
export class WholeValueIndex {
  readonly #words: Words
  readonly #formHashes = new Map<number, KeyHash>()
  /** Per added value, in order. */
  readonly #hashes: number[] = []
  readonly #docs: number[] = []

  constructor(words: Words) {
    this.#words = words
  }

  /** Adds a value of `count` words. Documents ascend. */
  add(doc: number, tokens: ArrayLike<number>, count: number): void {
    if (count === 0 || count > WHOLE_VALUE_WORDS_MAX) return
    this.#hashes.push(hashForms(count, (i) => this.#hashOf(this.#words.formId(tokens[i]!))))
    this.#docs.push(doc)
  }

  /** Writes all values in ascending order of their names to a writer of the lane `whole`. */
  write(writer: DictionaryWriter): void {
    const distinct = distinctAscending(this.#hashes)
    const ranks = Uint32Array.from(this.#hashes, (hash) => rankOf(hash, distinct))
    const ends = new Uint32Array(distinct.length + 1)
    for (const rank of ranks) ends[rank + 1]!++
    for (let i = 1; i < ends.length; i++) ends[i]! += ends[i - 1]!
    const docIds = new Uint32Array(ranks.length)
    for (const [v, rank] of ranks.entries()) docIds[ends[rank]!++] = this.#docs[v]!
    const name = new Uint8Array(NAME_CHARACTERS)
    let start = 0
    for (const [i, hash] of distinct.entries()) {
      const end = ends[i]!
      writeName(hash, name)
      const own = withoutRepetitions(docIds.subarray(start, end))
      writer.write(name, {}, { docIds: own, count: own.length })
      start = end
    }
  }

  #hashOf(form: number): KeyHash {
    const known = this.#formHashes.get(form)
    if (known !== undefined) return known
    const hash = hashKey(this.#words.formBytes(form))
    this.#formHashes.set(form, hash)
    return hash
  }
}

/** Combines the hashes of forms into an integer of 42 bits. Part of the file format. */
function hashForms(count: number, hashOf: (i: number) => KeyHash): number {
  let first = count
  let second = ~count
  for (let i = 0; i < count; i++) {
    const hash = hashOf(i)
    first = mixHash(Math.imul(first, 0x9e37_79b1) + hash.first)
    second = mixHash(Math.imul(second, 0x85eb_ca77) + hash.second)
  }
  return (first >>> 0) * 2 ** SECOND_BITS + (second >>> (32 - SECOND_BITS))
}

function writeName(hash: number, into: Uint8Array): void {
  let rest = hash
  for (let i = NAME_CHARACTERS - 1; i >= 0; i--) {
    into[i] = rest % 2 ** CHARACTER_BITS
    rest = Math.floor(rest / 2 ** CHARACTER_BITS)
  }
}

function distinctAscending(numbers: readonly number[]): Float64Array {
  const sorted = Float64Array.from(numbers).sort()
  let count = 0
  for (const number of sorted) if (count === 0 || number !== sorted[count - 1]) sorted[count++] = number
  return sorted.subarray(0, count)
}

function rankOf(number: number, ascending: Float64Array): number {
  let low = 0
  for (let high = ascending.length - 1; low < high; ) {
    const middle = (low + high) >>> 1
    if (ascending[middle]! < number) low = middle + 1
    else high = middle
  }
  return low
}

/** Removes repeated docIds, in place: a document may have a value twice. */
function withoutRepetitions(docIds: Uint32Array): Uint32Array {
  let count = 0
  for (const docId of docIds) if (count === 0 || docId !== docIds[count - 1]) docIds[count++] = docId
  return docIds.subarray(0, count)
}
