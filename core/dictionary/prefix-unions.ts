import { type Bitset, bitsetMembers, newBitset } from '../bytes/bitset.ts'
import type { DictionaryWriter } from './dictionary-writer.ts'

/** Minimum forms of a prefix with a stored union. The documents of fewer forms are united quickly during a search. */
export const UNION_FORMS_MIN = 65
/**
 * Minimum documents of a segment with unions: segments of small batches have none, and compacted segments have them.
 */
export const UNION_DOCS_MIN = 16_384

/**
 * Follows a prefix of one letter in its name. So the name sorts after the longer prefixes, whose unions are complete
 * earlier. No form contains this noncharacter.
 */
const AFTER_LETTERS = '\u{10ffff}'
const AFTER_LETTERS_BYTES = Buffer.from(AFTER_LETTERS)

/**
 * The name of a prefix in the lane `prefix`; undefined unless the prefix has one or two letters: others have no unions.
 */
export function prefixUnionName(prefix: string): string | undefined {
  const letters = Array.from(prefix).length
  if (letters === 1) return prefix + AFTER_LETTERS
  return letters === 2 ? prefix : undefined
}

/**
 * Unites the documents of all forms that begin with the same one or two letters. Writes the unions of prefixes with at
 * least {@link UNION_FORMS_MIN} forms. Uses two bits per document.
 */
export class PrefixUnions {
  readonly #writer: DictionaryWriter
  readonly #longer: Union
  readonly #shorter: Union

  constructor(writer: DictionaryWriter, docCount: number) {
    this.#writer = writer
    this.#longer = new Union(docCount)
    this.#shorter = new Union(docCount)
  }

  /** Begins the documents of a form. Forms ascend; a form with several terms occurs once per term. */
  begin(form: Uint8Array): void {
    const one = letterEnd(form, 0)
    const two = letterEnd(form, one)
    if (!this.#longer.isOf(form, two)) this.#write(this.#longer)
    if (!this.#shorter.isOf(form, one)) this.#write(this.#shorter)
    this.#shorter.begin(form, one)
    if (two > one) this.#longer.begin(form, two)
  }

  /** Adds a document to the current form. Documents may be repeated. */
  add(doc: number): void {
    this.#longer.add(doc)
    this.#shorter.add(doc)
  }

  finish(): void {
    this.#write(this.#longer)
    this.#write(this.#shorter)
  }

  #write(union: Union): void {
    if (union.formCount >= UNION_FORMS_MIN) {
      const name = union === this.#shorter ? Buffer.concat([union.prefix, AFTER_LETTERS_BYTES]) : union.prefix
      const docIds = bitsetMembers(union.docs)
      this.#writer.write(name, {}, { docIds, count: docIds.length })
    }
    union.clear()
  }
}

/** The documents of the forms with one prefix. */
class Union {
  readonly docs: Bitset
  prefix: Uint8Array = new Uint8Array(0)
  formCount = 0
  #isOpen = false
  #isCounted = false

  constructor(docCount: number) {
    this.docs = newBitset(docCount)
  }

  isOf(form: Uint8Array, end: number): boolean {
    return this.prefix.length === end && this.prefix.every((byte, i) => byte === form[i])
  }

  begin(form: Uint8Array, end: number): void {
    if (this.prefix.length === 0) this.prefix = form.slice(0, end)
    this.#isOpen = true
    this.#isCounted = false
  }

  add(doc: number): void {
    if (!this.#isOpen) return
    // A form counts only if it has documents: all may be deleted.
    if (!this.#isCounted) this.formCount++
    this.#isCounted = true
    this.docs[doc >>> 5]! |= 1 << (doc & 31)
  }

  clear(): void {
    if (this.formCount > 0) this.docs.fill(0)
    this.prefix = new Uint8Array(0)
    this.formCount = 0
    this.#isOpen = false
  }
}

/** The end of the letter that begins at `at`. */
function letterEnd(form: Uint8Array, at: number): number {
  const byte = form[at]
  if (byte === undefined) return at
  return Math.min(form.length, at + (byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4))
}
