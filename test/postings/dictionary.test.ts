import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrequentTerms } from '../../core/dictionary/frequent-terms.ts'
import type { Lane } from '../../core/dictionary/lane.ts'
import { SparseIndex } from '../../core/dictionary/sparse-index.ts'
import { openTermBlock, TermBlock } from '../../core/dictionary/term-block.ts'
import { TERM_BLOCK_SIZE } from '../../core/dictionary/term-block-shape.ts'
import { CorruptDataError } from '../../core/errors.ts'
import { FREQUENT_DOC_FREQ, type Postings } from '../../core/postings/encode-postings.ts'
import { randomFrom } from './generate.ts'
import { openBlock, readLane, readTerm, type StoredTerm, type Written, writeLane } from './read-lane.ts'

type Doc = { docId: number; length: number; positions: number[] }
type Term = { text: string; ownForm: boolean; indexedTerm: string; docs: Doc[] }

const lane = fc.constantFrom<Lane>('text', 'keyword', 'form')
const names = fc.uniqueArray(
  fc.oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[a-d]{0,8}$/) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
    { weight: 1, arbitrary: fc.stringMatching(/^a{0,60}[bc]{1,60}$/) },
  ),
  { minLength: 1, maxLength: 200, size: 'max' },
)
const terms: fc.Arbitrary<Term[]> = fc.record({ names, seed: fc.nat() }).map(({ names, seed }) => {
  const random = randomFrom(seed)
  return names
    .map((name) => Buffer.from(name).toString())
    .filter((name, i, all) => all.indexOf(name) === i)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((text) => ({
      text,
      ownForm: random(1) === 1,
      indexedTerm: Array.from(text).slice(0, random(3)).join('') + 'x'.repeat(random(5)),
      docs: randomDocs(random),
    }))
})

describe('a dictionary', () => {
  test('finds each of its terms with its lists', () => {
    fc.assert(
      fc.property(lane, terms, (lane, terms) => {
        const written = write(lane, terms)

        expect(written.index.entryCount).toBe(terms.length)
        const index = new SparseIndex(written.index.sparseIndex, 'index')
        for (const term of terms) {
          const block = openBlock(written, index.blockOf(Buffer.from(term.text)))
          const i = block.find(Buffer.from(term.text))
          expect(readTerm(written, block, i)).toEqual(storedTerm(lane, term))
        }
      }),
      { numRuns: 40 },
    )
  })

  test('does not find another term, but the place where it would be', () => {
    fc.assert(
      fc.property(terms, names, (terms, others) => {
        const written = write('keyword', terms)

        for (const other of others) {
          const b = new SparseIndex(written.index.sparseIndex, 'index').blockOf(Buffer.from(other))
          const block = openBlock(written, b)
          const after = terms.findIndex(({ text }) => Buffer.compare(Buffer.from(text), Buffer.from(other)) >= 0)
          const expected = after === -1 ? terms.length : after
          expect(b * TERM_BLOCK_SIZE + block.lowerBound(Buffer.from(other))).toBe(expected)
          expect(block.find(Buffer.from(other)) !== -1).toBe(terms.some(({ text }) => text === other))
        }
      }),
      { numRuns: 40 },
    )
  })

  test('lists its entries in order, 64 per block, so an ordinal identifies the block and the entry', () => {
    fc.assert(
      fc.property(terms, (terms) => {
        const written = write('keyword', terms)

        for (const [ordinal, { text }] of terms.entries()) {
          const block = openBlock(written, Math.floor(ordinal / TERM_BLOCK_SIZE))
          expect(block.term(ordinal % TERM_BLOCK_SIZE)).toBe(text)
        }
        expect(readLane(written).map(({ term }) => term)).toEqual(terms.map(({ text }) => text))
      }),
      { numRuns: 40 },
    )
  })

  test('lists only its frequent terms separately', () => {
    fc.assert(
      fc.property(lane, terms, (lane, terms) => {
        const written = write(lane, terms)
        const frequent = new FrequentTerms(written.index.frequentTerms, lane, 'frequent terms')

        expect(frequent.count).toBe(terms.filter(({ docs }) => docs.length > FREQUENT_DOC_FREQ).length)
        for (const term of terms) {
          const entry = frequent.find(Buffer.from(term.text))
          expect(entry !== undefined).toBe(term.docs.length > FREQUENT_DOC_FREQ)
          if (entry !== undefined) expect(readTerm(written, entry.block, entry.i)).toEqual(storedTerm(lane, term))
        }
      }),
      { numRuns: 40 },
    )
  })

  test('finds the first entry of a form with several terms, even if the entries are in several blocks', () => {
    const docs = [{ docId: 3, length: 9, positions: [1] }]
    const pairs = ['b', 'c'].flatMap((text) =>
      Array.from({ length: 70 }, (_, i) => [text, `b${String.fromCharCode(200 + i)}`]),
    )
    const terms = [['a', 'a'], ...pairs].map(([text, indexedTerm]) => ({
      text: text!,
      indexedTerm: indexedTerm!,
      ownForm: false,
      docs,
    }))
    const written = write('form', terms)
    const index = new SparseIndex(written.index.sparseIndex, 'index')

    expect(readLane(written)).toEqual(terms.map((term) => storedTerm('form', term)))
    for (const text of ['a', 'b', 'c']) {
      const b = index.blockOf(Buffer.from(text))
      const first = terms.findIndex((term) => term.text === text)
      expect(b * TERM_BLOCK_SIZE + openBlock(written, b).lowerBound(Buffer.from(text))).toBe(first)
    }
  })

  test('refuses terms that do not ascend', () => {
    const docs = [{ docId: 3, length: 9, positions: [1] }]
    const terms = (...texts: string[]) => texts.map((text) => ({ text, ownForm: false, indexedTerm: 'x', docs }))

    for (const lane of ['text', 'keyword', 'form'] as const) {
      expect(() => write(lane, terms('b', 'a'))).toThrow('ascend')
      expect(() => write(lane, terms('b', 'b'))).toThrow('ascend')
      expect(() => write(lane, terms('', ''))).toThrow('ascend')
      expect(() => write(lane, terms('', 'a'))).not.toThrow()
    }
  })

  test('of a lane without terms is empty', () => {
    const { index, blocks } = write('text', [])

    expect(blocks).toHaveLength(0)
    expect(new SparseIndex(index.sparseIndex, 'index').blockOf(Buffer.from('a'))).toBe(-1)
    expect(new FrequentTerms(index.frequentTerms, 'text', 'frequent terms').find(Buffer.from('a'))).toBeUndefined()
  })

  test('does not depend on how documents are added or when the writer is emptied', () => {
    const docs = Array.from({ length: 5000 }, (_, i) => ({ docId: i * 2, length: 9, positions: [i % 7, 8] }))
    const counts = [1, 2, 50, 127, 128, 129, 1000, 1001, 5000, 3]
    const terms = counts.map((count, i) => ({
      text: `term ${i}`,
      ownForm: i % 2 === 0,
      indexedTerm: 'term',
      docs: docs.slice(0, count),
    }))
    for (const lane of ['text', 'keyword', 'form'] as const) {
      const whole = write(lane, terms)
      for (const piece of [1, 100, 128, 1001, 5000]) expect(write(lane, terms, piece)).toEqual(whole)
    }
  })
})

describe('damage', () => {
  test('to any byte of a dictionary block is detected', () => {
    const docs = [{ docId: 3, length: 9, positions: [1, 5] }]
    const terms = Array.from({ length: 20 }, (_, i) => ({
      text: `term${i + 10}`,
      ownForm: false,
      indexedTerm: 'te',
      docs,
    }))
    for (const lane of ['text', 'keyword', 'form'] as const) {
      const { blocks } = write(lane, terms)
      for (let at = 0; at < blocks.length; at++) {
        const damaged = blocks.slice()
        damaged[at]! ^= 1 << (at % 8)
        expect(() => openTermBlock(damaged, { lane, place: 'dictionary' }, 'block')).toThrow(CorruptDataError)
      }
    }
  })

  test('that the checksum cannot detect is refused, or gives a block that can be read to its end', () => {
    fc.assert(
      fc.property(lane, terms, fc.nat(), fc.integer({ min: 1, max: 255 }), (lane, terms, where, flip) => {
        const { blocks } = write(lane, terms.slice(0, TERM_BLOCK_SIZE))
        const bytes = blocks.slice(0, -4)
        bytes[where % Math.min(bytes.length, 400)]! ^= flip
        let block: TermBlock
        try {
          block = new TermBlock(bytes, { lane, place: 'dictionary' }, 'block')
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptDataError)
          return
        }
        for (let i = 0; i < block.count; i++) {
          block.term(i)
          block.indexedTerm(i)
          readDamaged(() => block.openPostings(i, { docCount: 2 ** 31, source: 'block' }))
          if (lane === 'text') readDamaged(() => block.openPositions(i, 'block'))
        }
      }),
    )
  })

  test('to the length of a sparse index is detected', () => {
    const { index } = write('keyword', [
      { text: 'a', ownForm: false, indexedTerm: '', docs: [{ docId: 0, length: 1, positions: [] }] },
    ])
    for (let length = 0; length < index.sparseIndex.length; length++) {
      expect(() => new SparseIndex(index.sparseIndex.slice(0, length), 'index')).toThrow(CorruptDataError)
    }
  })
})

function readDamaged(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(CorruptDataError)
  }
}

function randomDocs(random: (bits: number) => number): Doc[] {
  const kind = random(5)
  const count = kind === 31 ? FREQUENT_DOC_FREQ + random(10) : 1 + random(kind > 20 ? 9 : 3)
  let docId = -1
  return Array.from({ length: count }, () => {
    docId += 1 + random(4)
    let position = 0
    const positions = Array.from({ length: 1 + random(2) }, () => {
      position += random(6)
      return position
    })
    return { docId, length: positions.length + random(6), positions }
  })
}

/** Writes all terms in pieces of `piece` documents, and empties the writer after each piece. */
function write(lane: Lane, terms: readonly Term[], piece?: number): Written {
  return writeLane(lane, (writer, take) => {
    for (const { text, ownForm, indexedTerm, docs } of terms) {
      const mark = lane === 'form' ? { indexedTerm: Buffer.from(indexedTerm) } : { ownForm }
      if (piece === undefined) {
        writer.write(Buffer.from(text), mark, ...listsOf(lane, docs))
        continue
      }
      writer.begin(Buffer.from(text), mark)
      for (let from = 0; from < docs.length; from += piece) {
        writer.add(...listsOf(lane, docs.slice(from, from + piece)))
        take()
      }
      writer.end()
    }
  })
}

function listsOf(lane: Lane, docs: readonly Doc[]): [Postings, Uint32Array?] {
  const docIds = Uint32Array.from(docs, (doc) => doc.docId)
  const count = docs.length
  if (lane !== 'text') return [{ docIds, count }]
  const freqs = Uint32Array.from(docs, (doc) => doc.positions.length)
  const lengths = Uint32Array.from(docs, (doc) => doc.length)
  return [{ docIds, freqs, lengths, count }, Uint32Array.from(docs.flatMap((doc) => doc.positions))]
}

/** A term as {@link readTerm} returns it. */
function storedTerm(lane: Lane, { text, ownForm, indexedTerm, docs }: Term): StoredTerm {
  return {
    term: text,
    ownForm: lane === 'text' && ownForm,
    indexedTerm: lane === 'form' ? indexedTerm : text,
    docs: lane === 'text' ? docs : docs.map(({ docId }) => ({ docId })),
  }
}
