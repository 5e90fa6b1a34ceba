import type { DictionaryWriter } from './dictionary-writer.ts'
import { PostingsAccumulator, PostingsBuffer } from './postings-accumulator.ts'
import { encodeTerms, sortTerms, termBytesAt } from './sort-terms.ts'

/** Turns the tokens of one language into words; all numbers are dense, and equal words have equal numbers. */
export interface Words {
  formId(token: number): number
  /** The same for all tokens of one form. */
  termId(token: number): number
  form(formId: number): string
  term(termId: number): string
}

/** In place of a term's only form: none was seen yet, or several. */
const NO_FORM = 0
const MANY_FORMS = 0xffff_ffff

/**
 * One text field of a batch of documents under construction: which terms stand where, and in which
 * documents each word form stands.
 *
 * Most terms occur in one form alone. Such a form's documents are those of its term, so they
 * are noted on their own only when a second form turns up.
 */
export class TextFieldIndex {
  readonly #words: Words
  readonly #terms = new PostingsAccumulator('positions')
  readonly #forms = new PostingsAccumulator('documents')
  /** Per term the number of its only form plus one, or one of the marks above. */
  #onlyForms = new Uint32Array(64)
  /** Per entry of `#forms` the index of its term. */
  #termOfForm = new Uint32Array(64)
  readonly #buffer = new PostingsBuffer()

  constructor(words: Words) {
    this.#words = words
  }

  /** Adds one token. Documents ascend, and positions within one. */
  add(doc: number, token: number, position: number): void {
    const form = this.#words.formId(token)
    const term = this.#terms.intern(this.#words.termId(token))
    if (term === this.#onlyForms.length) this.#onlyForms = doubled(this.#onlyForms)
    if (this.#onlyForms[term] !== form + 1) this.#addForm(term, form, doc)
    this.#terms.addPosition(term, doc, position)
  }

  /** Distinct terms so far. */
  get termCount(): number {
    return this.#terms.count
  }

  /**
   * Writes all terms in ascending order to a writer of the text lane.
   *
   * @param lengths per document the field's length in tokens
   */
  writeTerms(writer: DictionaryWriter, lengths: Uint32Array): void {
    const words = this.#words
    const table = encodeTerms(this.#terms.count, (term) => words.term(this.#terms.key(term)))
    const buffer = this.#buffer
    let termLengths = new Uint32Array(256)
    for (const term of sortTerms(table)) {
      this.#terms.read(term, buffer)
      const { docIds, freqs, positions, count } = buffer
      if (count > termLengths.length) termLengths = new Uint32Array(docIds.length)
      for (let i = 0; i < count; i++) termLengths[i] = lengths[docIds[i]!]!
      writer.begin(termBytesAt(table, term), { ownForm: this.#isOwnForm(term) })
      writer.add({ docIds, freqs, lengths: termLengths, count }, positions)
      writer.end()
    }
  }

  /** Writes the forms that say more than their terms do, in ascending order, to a writer of the form lane. */
  writeForms(writer: DictionaryWriter): void {
    const { entries, formIds } = this.#listForms()
    const table = encodeTerms(entries.length, (i) => this.#words.form(formIds[i]!))
    const buffer = this.#buffer
    for (const i of sortTerms(table)) {
      const entry = entries[i]!
      // Negative: the only form of a term, whose documents it shares.
      const term = entry < 0 ? -entry - 1 : this.#termOfForm[entry]!
      if (entry < 0) this.#terms.read(term, buffer)
      else this.#forms.read(entry, buffer)
      const indexedTerm = encodeTerms(1, () => this.#words.term(this.#terms.key(term)))
      writer.begin(termBytesAt(table, i), { indexedTerm: termBytesAt(indexedTerm, 0) })
      writer.add({ docIds: buffer.docIds, count: buffer.count })
      writer.end()
    }
  }

  /** Notes a form other than the only one of its term so far. */
  #addForm(term: number, form: number, doc: number): void {
    const only = this.#onlyForms[term]!
    if (only === NO_FORM) {
      this.#onlyForms[term] = form + 1
      return
    }
    if (only !== MANY_FORMS) {
      this.#terms.read(term, this.#buffer)
      const first = this.#internForm(only - 1, term)
      for (let i = 0; i < this.#buffer.count; i++) this.#forms.addDocument(first, this.#buffer.docIds[i]!)
      this.#onlyForms[term] = MANY_FORMS
    }
    this.#forms.addDocument(this.#internForm(form, term), doc)
  }

  #internForm(form: number, term: number): number {
    const index = this.#forms.intern(form)
    if (index === this.#termOfForm.length) this.#termOfForm = doubled(this.#termOfForm)
    this.#termOfForm[index] = term
    return index
  }

  #isOwnForm(term: number): boolean {
    const only = this.#onlyForms[term]!
    return only !== MANY_FORMS && this.#words.form(only - 1) === this.#words.term(this.#terms.key(term))
  }

  /** The forms to write: indices into `#forms`, and −1 − term for a term's only form. */
  #listForms(): { entries: number[]; formIds: number[] } {
    const entries = Array.from({ length: this.#forms.count }, (_, i) => i)
    const formIds = entries.map((i) => this.#forms.key(i))
    for (let term = 0; term < this.#terms.count; term++) {
      if (this.#onlyForms[term] === MANY_FORMS || this.#isOwnForm(term)) continue
      entries.push(-1 - term)
      formIds.push(this.#onlyForms[term]! - 1)
    }
    return { entries, formIds }
  }
}

function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(array.length * 2)
  grown.set(array)
  return grown
}
