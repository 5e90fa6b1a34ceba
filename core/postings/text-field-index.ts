import { assert } from '../assert.ts'
import type { DictionaryWriter } from './dictionary-writer.ts'
import { PostingsAccumulator, PostingsBuffer } from './postings-accumulator.ts'
import { sortTerms, type TermTable, tableOfBytes, termBytesAt } from './sort-terms.ts'

/** What is known of the tokens of one language; equal forms have equal numbers, and so have equal terms. */
export interface Words {
  formId(token: number): number
  /** Nearly always the same for all tokens of a form, but not promised to be. */
  termId(token: number): number
  /** UTF-8, a view that may be valid only until the next call. */
  formBytes(formId: number): Uint8Array
  termBytes(termId: number): Uint8Array
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
  /** Per entry of `#forms`, which are pairs of form and term: the number of the form, the index of the term. */
  #formOfEntry = new Uint32Array(64)
  #termOfEntry = new Uint32Array(64)
  /** Entries of forms that have another entry already, by "form term". */
  readonly #furtherEntries = new Map<string, number>()
  readonly #buffer = new PostingsBuffer()
  #sorted: { readonly table: TermTable; readonly order: Uint32Array } | undefined

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
   * Writes all terms in ascending order to a writer of the text lane. After that nothing is added.
   *
   * @param lengths per document the field's length in tokens
   */
  writeTerms(writer: DictionaryWriter, lengths: Uint32Array): void {
    const { table, order } = this.#sortedTerms()
    const buffer = this.#buffer
    let termLengths = new Uint32Array(256)
    for (const term of order) {
      this.#terms.read(term, buffer)
      const { docIds, freqs, positions, count } = buffer
      if (count > termLengths.length) termLengths = new Uint32Array(docIds.length)
      for (let i = 0; i < count; i++) termLengths[i] = lengths[docIds[i]!]!
      const bytes = termBytesAt(table, term)
      writer.begin(bytes, this.#isOwnForm(term, bytes) ? OWN_FORM : NOT_OWN_FORM)
      writer.add({ docIds, freqs, lengths: termLengths, count }, positions)
      writer.end()
    }
  }

  /** Writes the forms that say more than their terms do, in ascending order, to a writer of the form lane. */
  writeForms(writer: DictionaryWriter): void {
    const { table } = this.#sortedTerms()
    const { entries, formIds } = this.#listForms()
    const forms = tableOfBytes(entries.length, (i) => this.#words.formBytes(formIds[i]!))
    const buffer = this.#buffer
    for (const i of sortTerms(forms)) {
      const entry = entries[i]!
      // Negative: the only form of a term, whose documents it shares.
      const term = entry < 0 ? -1 - entry : this.#termOfEntry[entry]!
      if (entry < 0) this.#terms.read(term, buffer)
      else this.#forms.read(entry, buffer)
      writer.begin(termBytesAt(forms, i), { indexedTerm: termBytesAt(table, term) })
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
      const first = this.#entryOf(only - 1, term)
      for (let i = 0; i < this.#buffer.count; i++) this.#forms.addDocument(first, this.#buffer.docIds[i]!)
      this.#onlyForms[term] = MANY_FORMS
    }
    this.#forms.addDocument(this.#entryOf(form, term), doc)
  }

  /** The entry of a form as one of a term. */
  #entryOf(form: number, term: number): number {
    const entry = this.#forms.intern(form)
    if (this.#noteEntry(entry, form, term)) return entry
    const pair = `${form} ${term}`
    // Numbers of forms grow from 0; those from the top down stand for pairs.
    const further = this.#forms.intern(this.#furtherEntries.get(pair) ?? MANY_FORMS - this.#furtherEntries.size)
    this.#furtherEntries.set(pair, this.#forms.key(further))
    const noted = this.#noteEntry(further, form, term)
    assert(noted, 'a pair of form and term has an entry of its own')
    return further
  }

  /** Notes what a new entry stands for. @returns whether the entry, new or not, is that of the form as one of the term */
  #noteEntry(entry: number, form: number, term: number): boolean {
    if (entry === this.#termOfEntry.length) {
      this.#termOfEntry = doubled(this.#termOfEntry)
      this.#formOfEntry = doubled(this.#formOfEntry)
    }
    if (this.#forms.docFreq(entry) === 0) {
      this.#termOfEntry[entry] = term
      this.#formOfEntry[entry] = form
    }
    return this.#termOfEntry[entry] === term
  }

  #isOwnForm(term: number, bytes: Uint8Array): boolean {
    const only = this.#onlyForms[term]!
    return only !== MANY_FORMS && areEqual(this.#words.formBytes(only - 1), bytes)
  }

  /**
   * The forms to write: indices into `#forms`, and −1 − term for a term's only form. In the
   * order of their terms, which the equal ones keep when they are sorted.
   */
  #listForms(): { entries: number[]; formIds: number[] } {
    const { table, order } = this.#sortedTerms()
    const entriesOf = new Map<number, number[]>()
    for (let entry = 0; entry < this.#forms.count; entry++) {
      const term = this.#termOfEntry[entry]!
      const known = entriesOf.get(term)
      if (known === undefined) entriesOf.set(term, [entry])
      else known.push(entry)
    }
    const entries: number[] = []
    const formIds: number[] = []
    for (const term of order) {
      for (const entry of entriesOf.get(term) ?? []) {
        entries.push(entry)
        formIds.push(this.#formOfEntry[entry]!)
      }
      if (this.#onlyForms[term] === MANY_FORMS || this.#isOwnForm(term, termBytesAt(table, term))) continue
      entries.push(-1 - term)
      formIds.push(this.#onlyForms[term]! - 1)
    }
    return { entries, formIds }
  }

  #sortedTerms(): { readonly table: TermTable; readonly order: Uint32Array } {
    if (this.#sorted === undefined) {
      const table = tableOfBytes(this.#terms.count, (term) => this.#words.termBytes(this.#terms.key(term)))
      this.#sorted = { table, order: sortTerms(table) }
    }
    return this.#sorted
  }
}

const OWN_FORM = { ownForm: true }
const NOT_OWN_FORM = { ownForm: false }

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(array.length * 2)
  grown.set(array)
  return grown
}
