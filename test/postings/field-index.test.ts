import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KeywordIndex } from '../../core/dictionary/keyword-index.ts'
import { sortTerms, tableOfStrings } from '../../core/dictionary/sort-terms.ts'
import { TextFieldIndex, type Words } from '../../core/dictionary/text-field-index.ts'
import { readLane, type StoredTerm, writeLane } from './read-lane.ts'

/**
 * Words such as `run-s~x`: the form is what stands before the tilde, the term what stands before the dash
 * and after the tilde. So `run-s` and `run-ning` are forms of `run`, and `run-s` is one of `runx` as well.
 */
const word = fc.oneof(
  fc.constantFrom('run', 'run-s', 'run-ning', 'run-s~x', 'run-s~a', 'sea', 'seas-', 'x-y', 'z'),
  fc.stringMatching(/^[a-c]{1,3}(-[ab])?(~[ab])?$/),
)
const document = fc.array(fc.record({ word, gap: fc.integer({ min: 0, max: 300 }) }), { maxLength: 40 })
const documents = fc.array(document, { maxLength: 60 })

describe('the index of a text field', () => {
  test('writes each term with its documents, lengths and positions', () => {
    fc.assert(
      fc.property(documents, (docs) => {
        const { index, lengths } = indexed(docs)

        const lane = writeLane('text', (writer) => index.writeTerms(writer, lengths))
        expect(readLane(lane)).toEqual(expectedTerms(docs))
      }),
    )
  })

  test('writes each form, except an only form that equals its term', () => {
    fc.assert(
      fc.property(documents, (docs) => {
        const { index } = indexed(docs)

        const lane = writeLane('form', (writer) => index.writeForms(writer))
        expect(readLane(lane)).toEqual(expectedForms(docs))
      }),
    )
  })

  test('supports lists of many chunks', () => {
    const docs = Array.from({ length: 3000 }, (_, doc) =>
      Array.from({ length: 1 + (doc % 9) }, () => ({ word: 'run', gap: doc % 1000 })),
    )
    const { index, lengths } = indexed(docs)

    expect(readLane(writeLane('text', (writer) => index.writeTerms(writer, lengths)))).toEqual(expectedTerms(docs))
  })
})

describe('the index of a keyword field', () => {
  test('writes each value with its documents, and ranks the values', () => {
    const values = fc.array(
      fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.constantFrom('a', 'b', '')), { maxLength: 5 }),
    )
    fc.assert(
      fc.property(values, (docs) => {
        const index = new KeywordIndex()
        const numbers = docs.map((values, doc) => values.map((value) => index.add(doc, value)))
        let ranks = new Uint32Array()
        const lane = readLane(
          writeLane('keyword', (writer) => {
            ranks = index.write(writer) as Uint32Array<ArrayBuffer>
          }),
        )

        const all = [...new Set(docs.flat())].sort(compareUtf8)
        expect(lane).toEqual(
          all.map((value) => ({
            term: value,
            ownForm: false,
            indexedTerm: value,
            docs: docs.flatMap((values, docId) => (values.includes(value) ? [{ docId }] : [])),
          })),
        )
        expect(numbers.map((some) => some.map((number) => all[ranks[number]!]))).toEqual(docs)
      }),
    )
  })

  test('treats strings that differ only in lone surrogates as one', () => {
    const index = new KeywordIndex()
    expect(index.add(0, 'a\ud800')).toBe(index.add(1, 'a\udfff'))
    expect(index.add(2, 'a\ufffd')).toBe(0)

    const lane = readLane(writeLane('keyword', (writer) => index.write(writer)))
    expect(lane).toEqual([
      { term: 'a\ufffd', ownForm: false, indexedTerm: 'a\ufffd', docs: [{ docId: 0 }, { docId: 1 }, { docId: 2 }] },
    ])
  })
})

test('strings are sorted by their UTF-8 bytes', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^a{0,20}[\0b]{0,12}$/),
    fc.constantFrom('', '\0', '\uffff', '\u{10000}', 'aaaaaaaa', 'aaaaaaaa\0'),
  )
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 300, size: 'max' }), (strings) => {
      const order = sortTerms(tableOfStrings(strings))

      expect(Array.from(order, (i) => strings[i])).toEqual(strings.slice().sort(compareUtf8))
    }),
  )
})

function formOf(word: string): string {
  return word.split('~', 1)[0]!
}

function termOf(word: string): string {
  return formOf(word).split('-', 1)[0]! + (word.split('~')[1] ?? '')
}

type Token = { word: string; gap: number }

function indexed(docs: readonly (readonly Token[])[]): { index: TextFieldIndex; lengths: Uint32Array } {
  const vocabulary = new NaiveWords()
  const index = new TextFieldIndex(vocabulary)
  for (const [doc, tokens] of docs.entries()) {
    for (const [i, position] of positionsOf(tokens).entries())
      index.add(doc, vocabulary.token(tokens[i]!.word), position)
  }
  return { index, lengths: Uint32Array.from(docs, lengthOf) }
}

/** Numbers with gaps, like those of a vocabulary that several fields share. */
class NaiveWords implements Words {
  readonly #words: string[] = []
  readonly #forms: string[] = []
  readonly #terms: string[] = []

  token(word: string): number {
    return numberOf(word, this.#words)
  }

  formId(token: number): number {
    return numberOf(formOf(this.#words[token]!), this.#forms) * 6
  }

  termId(token: number): number {
    return numberOf(termOf(this.#words[token]!), this.#terms) * 1000
  }

  formBytes(formId: number): Uint8Array {
    return Buffer.from(this.#forms[formId / 6]!)
  }

  termBytes(termId: number): Uint8Array {
    return Buffer.from(this.#terms[termId / 1000]!)
  }
}

function numberOf(text: string, all: string[]): number {
  const number = all.indexOf(text)
  return number === -1 ? all.push(text) - 1 : number
}

function positionsOf(tokens: readonly Token[]): number[] {
  let position = -1
  return tokens.map(({ gap }) => {
    position += 1 + gap
    return position
  })
}

function lengthOf(tokens: readonly Token[]): number {
  return tokens.length * 3
}

function expectedTerms(docs: readonly (readonly Token[])[]): StoredTerm[] {
  const words = docs.flatMap((tokens) => tokens.map(({ word }) => word))
  const terms = [...new Set(words.map(termOf))].sort(compareUtf8)
  return terms.map((term) => ({
    term,
    ownForm: formsOf(term, words).every((form) => form === term),
    indexedTerm: term,
    docs: docs.flatMap((tokens, docId) => {
      const all = positionsOf(tokens)
      const positions = all.filter((_, i) => termOf(tokens[i]!.word) === term)
      return positions.length === 0 ? [] : [{ docId, length: lengthOf(tokens), positions }]
    }),
  }))
}

/** One entry per form and term, except if the form is the only one of its term and equals the term. */
function expectedForms(docs: readonly (readonly Token[])[]): StoredTerm[] {
  const words = docs.flatMap((tokens) => tokens.map(({ word }) => word))
  const pairs = new Map(
    words.map((word) => [`${formOf(word)}\0${termOf(word)}`, { form: formOf(word), term: termOf(word) }]),
  )
  return [...pairs.values()]
    .filter(({ term }) => formsOf(term, words).some((form) => form !== term))
    .sort((a, b) => compareUtf8(a.form, b.form) || compareUtf8(a.term, b.term))
    .map(({ form, term }) => ({
      term: form,
      ownForm: false,
      indexedTerm: term,
      docs: docs.flatMap((tokens, docId) =>
        tokens.some(({ word }) => formOf(word) === form && termOf(word) === term) ? [{ docId }] : [],
      ),
    }))
}

function formsOf(term: string, words: readonly string[]): string[] {
  return words.filter((word) => termOf(word) === term).map(formOf)
}

function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
