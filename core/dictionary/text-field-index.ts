import { compareToSpan } from '../bytes/compare-bytes.ts'
import { PostingsAccumulator } from '../postings/postings-accumulator.ts'
import { PostingsBuffer } from '../postings/postings-buffer.ts'
import type { DictionaryWriter } from './dictionary-writer.ts'
import { PrefixUnions, UNION_DOCS_MIN } from './prefix-unions.ts'
import { sortTerms, type TermTable, tableOfBytes, termBytesAt, termStart } from './sort-terms.ts'

/** The forms and terms of tokens. Equal forms have equal numbers, and so do equal terms. */
export interface Words {
  formId(token: number): number
  /** Nearly always, but not necessarily, the same for all tokens of a form. */
  termId(token: number): number
  /** UTF-8: a view that may be valid only until the next call. */
  formBytes(formId: number): Uint8Array
  termBytes(termId: number): Uint8Array
}

/** Instead of the only form of a term: no form yet, or several. */
const NO_FORM = 0
const MANY_FORMS = 0xffff_ffff

/**
 * Builds the index of one text field in a batch of documents: the positions of each term, and the documents of each
 * form.
 *
 * Most terms occur in one form only. The documents of such a form are those of its term, so they are recorded
 * separately only once the term has a second form.
 */
export class TextFieldIndex {
  readonly #words: Words
  /** Terms, tagged with the number of their only form plus one, or with one of the marks above. */
  readonly #terms = new PostingsAccumulator('positions')
  /** Pairs of form and term, tagged with the index of the term. Keyed by the form, except those in `#furtherPairs`. */
  readonly #forms = new PostingsAccumulator('documents')
  /** For forms with several terms: the key of each further pair by "form term". Keys count down from the maximum. */
  readonly #furtherPairs = new Map<string, number>()
  /** The forms of the further pairs, in the order of their keys. */
  readonly #furtherForms: number[] = []
  readonly #buffer = new PostingsBuffer()
  #sorted: SortedTerms | undefined

  constructor(words: Words) {
    this.#words = words
  }

  /** Adds one token. Documents ascend, and so do the positions in a document. */
  add(doc: number, token: number, position: number): void {
    const form = this.#words.formId(token)
    const term = this.#terms.intern(this.#words.termId(token))
    if (this.#terms.tag(term) !== form + 1) this.#addForm(term, form, doc)
    this.#terms.addPosition(term, doc, position)
  }

  /** The number of distinct terms so far. */
  get termCount(): number {
    return this.#terms.count
  }

  /**
   * Writes all terms in ascending order to a writer of the text lane. Nothing may be added afterwards.
   *
   * @param lengths per document: the length of the field in tokens
   */
  writeTerms(writer: DictionaryWriter, lengths: Uint32Array): void {
    const { table, order, ownForms } = this.#sortedTerms()
    const buffer = this.#buffer
    for (const term of order) {
      this.#terms.read(term, buffer)
      for (let i = 0; i < buffer.count; i++) buffer.lengths[i] = lengths[buffer.docIds[i]!]!
      const mark = ownForms[term] === 1 ? OWN_FORM : NOT_OWN_FORM
      writer.write(termBytesAt(table, term), mark, buffer, buffer.positions)
    }
  }

  /**
   * Writes the forms in ascending order to a writer of the form lane. Omits a term's only form if it equals the term.
   */
  writeForms(writer: DictionaryWriter): void {
    const { table } = this.#sortedTerms()
    const { sources, forms } = this.#listForms()
    const buffer = this.#buffer
    for (const i of this.#sortedForms(sources, forms)) {
      const source = sources[i]!
      if (source < 0) this.#terms.read(this.#termOf(source), buffer)
      else this.#forms.read(source, buffer)
      const mark = { indexedTerm: termBytesAt(table, this.#termOf(source)) }
      writer.write(termBytesAt(forms, i), mark, { docIds: buffer.docIds, count: buffer.count })
    }
  }

  /** Writes the unions of the forms with the same first letters to a writer of the prefix lane. */
  writePrefixes(writer: DictionaryWriter, docCount: number): void {
    if (docCount < UNION_DOCS_MIN) return
    const { table, order, ownForms } = this.#sortedTerms()
    const { sources, forms } = this.#listForms()
    const sorted = this.#sortedForms(sources, forms)
    const unions = new PrefixUnions(writer, docCount)
    const addForm = (form: Uint8Array, postings: PostingsAccumulator, i: number) => {
      unions.begin(form)
      postings.read(i, this.#buffer)
      for (let d = 0; d < this.#buffer.count; d++) unions.add(this.#buffer.docIds[d]!)
    }
    let next = 0
    const addFormsUpTo = (term: Uint8Array | undefined) => {
      for (; next < sorted.length; next++) {
        const form = termBytesAt(forms, sorted[next]!)
        if (term !== undefined && compareToSpan(form, term, 0, term.length) > 0) return
        const source = sources[sorted[next]!]!
        if (source < 0) addForm(form, this.#terms, this.#termOf(source))
        else addForm(form, this.#forms, source)
      }
    }
    for (const term of order) {
      if (ownForms[term] !== 1) continue
      const form = termBytesAt(table, term)
      addFormsUpTo(form)
      addForm(form, this.#terms, term)
    }
    addFormsUpTo(undefined)
    unions.finish()
  }

  /** Records a form that is new for its term, or one of several. */
  #addForm(term: number, form: number, doc: number): void {
    const only = this.#terms.tag(term)
    if (only === NO_FORM) {
      this.#terms.setTag(term, form + 1)
      return
    }
    if (only !== MANY_FORMS) {
      this.#terms.read(term, this.#buffer)
      const first = this.#pairOf(only - 1, term)
      for (let i = 0; i < this.#buffer.count; i++) this.#forms.addDocument(first, this.#buffer.docIds[i]!)
      this.#terms.setTag(term, MANY_FORMS)
    }
    this.#forms.addDocument(this.#pairOf(form, term), doc)
  }

  /** The index of a pair of form and term in `#forms`. */
  #pairOf(form: number, term: number): number {
    const pair = this.#forms.intern(form)
    if (this.#forms.docFreq(pair) === 0) this.#forms.setTag(pair, term)
    return this.#forms.tag(pair) === term ? pair : this.#furtherPairOf(form, term)
  }

  /** The index of a pair whose form also has another term. */
  #furtherPairOf(form: number, term: number): number {
    const name = `${form} ${term}`
    const known = this.#furtherPairs.get(name)
    if (known !== undefined) return this.#forms.intern(known)
    const key = MANY_FORMS - this.#furtherForms.push(form)
    this.#furtherPairs.set(name, key)
    const pair = this.#forms.intern(key)
    this.#forms.setTag(pair, term)
    return pair
  }

  /** The number of the form of a pair. */
  #formOf(pair: number): number {
    const key = this.#forms.key(pair)
    const further = MANY_FORMS - 1 - key
    return further < this.#furtherForms.length ? this.#furtherForms[further]! : key
  }

  /**
   * The entries of the form lane. A source is the index of a pair, or −1 − term for the only form of a term, whose
   * documents are those of the term.
   */
  #listForms(): { sources: Int32Array; forms: TermTable } {
    const { ownForms } = this.#sortedTerms()
    const sources = new Int32Array(this.#forms.count + this.#terms.count)
    let count = 0
    while (count < this.#forms.count) {
      sources[count] = count
      count++
    }
    for (let term = 0; term < this.#terms.count; term++) {
      if (ownForms[term] === 0 && this.#terms.tag(term) !== MANY_FORMS) sources[count++] = -1 - term
    }
    const forms = tableOfBytes(count, (i) => {
      const source = sources[i]!
      return this.#words.formBytes(source < 0 ? this.#terms.tag(-1 - source) - 1 : this.#formOf(source))
    })
    return { sources, forms }
  }

  /** The indices of the forms in ascending order; equal forms are in the order of their terms. */
  #sortedForms(sources: Int32Array, forms: TermTable): Uint32Array {
    const { table } = this.#sortedTerms()
    const order = sortTerms(forms)
    for (let start = 0; start < order.length; ) {
      let end = start + 1
      while (end < order.length && areEqual(forms, order[end - 1]!, order[end]!)) end++
      if (end - start > 1) {
        const termBytes = (i: number) => termBytesAt(table, this.#termOf(sources[i]!))
        order.subarray(start, end).sort((a, b) => Buffer.compare(termBytes(a), termBytes(b)))
      }
      start = end
    }
    return order
  }

  /** The index of the term of a source. */
  #termOf(source: number): number {
    return source < 0 ? -1 - source : this.#forms.tag(source)
  }

  #sortedTerms(): SortedTerms {
    if (this.#sorted === undefined) {
      const table = tableOfBytes(this.#terms.count, (term) => this.#words.termBytes(this.#terms.key(term)))
      const ownForms = new Uint8Array(table.count)
      for (let term = 0; term < table.count; term++) {
        const only = this.#terms.tag(term)
        ownForms[term] = only !== MANY_FORMS && this.#isTerm(only - 1, table, term) ? 1 : 0
      }
      this.#sorted = { table, order: sortTerms(table), ownForms }
    }
    return this.#sorted
  }

  /** Whether a form equals a term. */
  #isTerm(form: number, table: TermTable, term: number): boolean {
    const bytes = this.#words.formBytes(form)
    return compareToSpan(bytes, table.bytes, termStart(table, term), table.ends[term]!) === 0
  }
}

type SortedTerms = {
  readonly table: TermTable
  readonly order: Uint32Array
  /** Per term: 1 if its only form equals it. */
  readonly ownForms: Uint8Array
}

const OWN_FORM = { ownForm: true }
const NOT_OWN_FORM = { ownForm: false }

function areEqual(table: TermTable, i: number, j: number): boolean {
  const startI = termStart(table, i)
  const startJ = termStart(table, j)
  const length = table.ends[i]! - startI
  if (table.ends[j]! - startJ !== length) return false
  for (let at = 0; at < length; at++) if (table.bytes[startI + at] !== table.bytes[startJ + at]) return false
  return true
}
