import { assert } from '../assert.ts'
import { ByteStrings } from './byte-strings.ts'
import { hashBytes } from './hash-bytes.ts'
import { analyzeWord, isPlainCode, TERM_BYTES_MAX, type WordRules } from './word-rules.ts'

/** How many tokens a vocabulary may hold before it is reset; some 60 MB. */
export const VOCABULARY_TOKENS_MAX = 1 << 19
/** How many bytes of words a vocabulary may hold before it is reset. */
export const VOCABULARY_BYTES_MAX = 16 << 20

/**
 * The distinct words that an analyzer has met, with their forms and terms, so each word is folded and stemmed only
 * once. Numbers are dense from 0 and stay valid until {@link Vocabulary.resetIfLarge} returns true.
 */
export interface Vocabulary {
  /** Number of tokens. Words that differ in accents, or in the case of letters beyond ASCII, are different tokens. */
  readonly size: number
  readonly formCount: number
  readonly termCount: number
  formId(token: number): number
  /** Tokens with the same form may have different terms. */
  termId(token: number): number
  /** Whether the token's form is a stop word. */
  isStopWord(token: number): boolean
  form(formId: number): string
  term(termId: number): string
  /** The UTF-8 bytes of {@link form}: a view, valid until the next text is tokenised. */
  formBytes(formId: number): Uint8Array
  /** The UTF-8 bytes of {@link term}: a view, valid until the next text is tokenised. */
  termBytes(termId: number): Uint8Array
  /**
   * Removes all words if there are many. Call this between batches only.
   *
   * @returns true if all earlier numbers are now invalid
   */
  resetIfLarge(): boolean
}

/** The {@link Vocabulary} that an analyzer adds words to. */
export class GrowingVocabulary implements Vocabulary {
  readonly #rules: WordRules
  readonly #tokens = new ByteStrings()
  readonly #forms = new ByteStrings()
  readonly #terms = new ByteStrings()
  #formIds = new Uint32Array(1 << 10)
  #termIds = new Uint32Array(1 << 10)
  /** By form number. */
  #stopWords = new Uint8Array(1 << 10)
  readonly #scratch = Buffer.alloc(TERM_BYTES_MAX + 4)

  constructor(rules: WordRules) {
    this.#rules = rules
  }

  get size(): number {
    return this.#tokens.size
  }

  get formCount(): number {
    return this.#forms.size
  }

  get termCount(): number {
    return this.#terms.size
  }

  formId(token: number): number {
    return this.#formIds[token]!
  }

  termId(token: number): number {
    return this.#termIds[token]!
  }

  isStopWord(token: number): boolean {
    return this.#stopWords[this.#formIds[token]!] === 1
  }

  form(formId: number): string {
    return this.#forms.text(formId)
  }

  term(termId: number): string {
    return this.#terms.text(termId)
  }

  formBytes(formId: number): Uint8Array {
    return this.#forms.bytes(formId)
  }

  termBytes(termId: number): Uint8Array {
    return this.#terms.bytes(termId)
  }

  resetIfLarge(): boolean {
    const strings = [this.#tokens, this.#forms, this.#terms]
    if (this.size <= VOCABULARY_TOKENS_MAX && this.#tokens.byteSize <= VOCABULARY_BYTES_MAX) return false
    for (const each of strings) each.clear()
    this.#formIds = new Uint32Array(1 << 10)
    this.#termIds = new Uint32Array(1 << 10)
    this.#stopWords = new Uint8Array(1 << 10)
    return true
  }

  /** The token of a word, given as bytes with ASCII letters in lower case. Adds the word if it is new. */
  token(bytes: Buffer, start: number, end: number, hash: number): number {
    const known = this.#tokens.size
    const token = this.#tokens.intern(bytes, start, end, hash)
    if (token === known) this.#learn(token, bytes, start, end, hash)
    return token
  }

  #learn(token: number, bytes: Buffer, start: number, end: number, hash: number): void {
    if (token === this.#formIds.length) {
      this.#formIds = doubled(this.#formIds)
      this.#termIds = doubled(this.#termIds)
      // There are never more forms than tokens.
      this.#stopWords = doubled(this.#stopWords)
    }
    // Most distinct words of a text may be codes and numbers, which need no string.
    if (isPlainCode(bytes, start, end)) {
      this.#formIds[token] = this.#forms.intern(bytes, start, end, hash)
      this.#termIds[token] = this.#terms.intern(bytes, start, end, hash)
      return
    }
    const word = bytes.toString('utf8', start, end)
    const { form, term, stopWord } = analyzeWord(this.#rules, word)
    const intern = (strings: ByteStrings, text: string) =>
      text === word ? strings.intern(bytes, start, end, hash) : this.#intern(strings, text)
    const formId = intern(this.#forms, form)
    this.#formIds[token] = formId
    this.#termIds[token] = intern(this.#terms, term)
    this.#stopWords[formId] = Number(stopWord)
  }

  #intern(strings: ByteStrings, text: string): number {
    const length = this.#scratch.write(text, 'utf8')
    assert(length <= TERM_BYTES_MAX, 'a term is no longer than its bound')
    return strings.intern(this.#scratch, 0, length, hashBytes(this.#scratch, 0, length))
  }
}

function doubled<T extends Uint8Array | Uint32Array>(array: T): T {
  const grown = new (array.constructor as new (length: number) => T)(array.length * 2)
  grown.set(array)
  return grown
}
