import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CorruptDataError } from '../../core/errors.ts'
import { DictionaryWriter, type LaneIndex } from '../../core/postings/dictionary-writer.ts'
import { FREQUENT_DOC_FREQ } from '../../core/postings/encode-postings.ts'
import { FrequentTerms } from '../../core/postings/frequent-terms.ts'
import { openPositions } from '../../core/postings/open-positions.ts'
import { openPostings } from '../../core/postings/open-postings.ts'
import { BLOCK_SIZE } from '../../core/postings/posting-list.ts'
import { SparseIndex } from '../../core/postings/sparse-index.ts'
import { openTermBlock, type TermBlock } from '../../core/postings/term-block.ts'
import { TERM_BLOCK_SIZE } from '../../core/postings/term-block-shape.ts'
import type { Lane } from '../../core/schema/schema.ts'
import { randomFrom } from './generate.ts'

type Doc = { docId: number; length: number; positions: number[] }
type Term = { text: string; ownForm: boolean; indexedTerm: string; docs: Doc[] }
type Written = { lane: Lane; index: LaneIndex; blocks: Uint8Array; postings: Uint8Array; positions: Uint8Array }

/** Where this lane's lists begin in their sections: other lanes come before it. */
const SECTIONS = { postingsAt: 4096, positionsAt: 777 }

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
  test('finds each of its terms with the lists it was given', () => {
    fc.assert(
      fc.property(lane, terms, (lane, terms) => {
        const written = write(lane, terms)

        expect(written.index.entryCount).toBe(terms.length)
        for (const term of terms) checkTerm(written, findInBlocks(written, term.text)!, term)
      }),
      { numRuns: 40 },
    )
  })

  test('finds no other term, but the place where it would be', () => {
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

  test('lists its entries in order, 64 a block, so that an ordinal names block and entry', () => {
    fc.assert(
      fc.property(terms, (terms) => {
        const written = write('keyword', terms)

        const found = terms.map((_, ordinal) =>
          openBlock(written, Math.floor(ordinal / TERM_BLOCK_SIZE)).term(ordinal % TERM_BLOCK_SIZE),
        )
        expect(found).toEqual(terms.map(({ text }) => text))
      }),
      { numRuns: 40 },
    )
  })

  test('names its frequent terms apart, and only those', () => {
    fc.assert(
      fc.property(lane, terms, (lane, terms) => {
        const written = write(lane, terms)
        const frequent = new FrequentTerms(written.index.frequentTerms, lane, 'frequent terms')

        expect(frequent.count).toBe(terms.filter(({ docs }) => docs.length > FREQUENT_DOC_FREQ).length)
        for (const term of terms) {
          const entry = frequent.find(Buffer.from(term.text))
          expect(entry !== undefined).toBe(term.docs.length > FREQUENT_DOC_FREQ)
          if (entry !== undefined) checkTerm(written, entry, term)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('of a lane without terms is empty', () => {
    const { index, blocks } = write('text', [])

    expect(blocks).toHaveLength(0)
    expect(new SparseIndex(index.sparseIndex, 'index').blockOf(Buffer.from('a'))).toBe(-1)
    expect(new FrequentTerms(index.frequentTerms, 'text', 'frequent terms').find(Buffer.from('a'))).toBeUndefined()
  })

  test('is the same however the documents of a term arrive and whenever the writer is emptied', () => {
    const docs = Array.from({ length: 5000 }, (_, i) => ({ docId: i * 2, length: 9, positions: [i % 7, 8] }))
    const terms = ['a', 'b', 'c'].map((text) => ({ text, ownForm: true, indexedTerm: '', docs }))
    const whole = write('text', terms)

    for (const piece of [1, 100, 128, 1001]) {
      expect(write('text', terms, piece)).toEqual(whole)
    }
  })
})

describe('damage', () => {
  test('to any byte of a dictionary block is found out', () => {
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

  test('that the checksum cannot see is refused, or gives a block that can be read to its end', () => {
    fc.assert(
      fc.property(lane, terms, fc.nat(), fc.integer({ min: 1, max: 255 }), (lane, terms, where, flip) => {
        const { blocks } = write(lane, terms.slice(0, TERM_BLOCK_SIZE))
        // Blocks of frequent terms have no checksum of their own.
        const bytes = blocks.slice(0, -4)
        bytes[where % Math.min(bytes.length, 400)]! ^= flip
        let block: TermBlock
        try {
          block = openTermBlock(bytes, { lane, place: 'frequent' }, 'block')
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptDataError)
          return
        }
        for (let i = 0; i < block.count; i++) {
          block.term(i)
          block.indexedTerm(i)
          block.inlinePostings(i)
          if (lane === 'text') block.inlinePositions(i)
        }
      }),
    )
  })

  test('to the length of a sparse index is found out', () => {
    const { index } = write('keyword', [
      { text: 'a', ownForm: false, indexedTerm: '', docs: [{ docId: 0, length: 1, positions: [] }] },
    ])
    for (let length = 0; length < index.sparseIndex.length; length++) {
      expect(() => new SparseIndex(index.sparseIndex.slice(0, length), 'index')).toThrow(CorruptDataError)
    }
  })
})

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

/** Writes all terms; `piece` documents at a time, emptying the writer after each piece. */
function write(lane: Lane, terms: readonly Term[], piece?: number): Written {
  const writer = new DictionaryWriter(lane, SECTIONS)
  const taken: Record<'blocks' | 'postings' | 'positions', Uint8Array[]> = { blocks: [], postings: [], positions: [] }
  const take = () => {
    for (const part of ['blocks', 'postings', 'positions'] as const) taken[part].push(writer[part].take())
  }
  for (const { text, ownForm, indexedTerm, docs } of terms) {
    writer.begin(Buffer.from(text), lane === 'form' ? { indexedTerm: Buffer.from(indexedTerm) } : { ownForm })
    for (let from = 0; from < docs.length; from += piece ?? docs.length) {
      const some = docs.slice(from, from + (piece ?? docs.length))
      writer.add(
        {
          docIds: Uint32Array.from(some, (doc) => doc.docId),
          freqs: Uint32Array.from(some, (doc) => doc.positions.length),
          lengths: Uint32Array.from(some, (doc) => doc.length),
          count: some.length,
        },
        Uint32Array.from(some.flatMap((doc) => doc.positions)),
      )
      if (piece !== undefined) take()
    }
    writer.end()
  }
  const index = writer.finish()
  take()
  const { blocks, postings, positions } = taken
  return { lane, index, blocks: joined(blocks), postings: joined(postings), positions: joined(positions) }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces))
}

function openBlock(written: Written, b: number): TermBlock {
  const { start, end } = new SparseIndex(written.index.sparseIndex, 'index').range(b)
  return openTermBlock(written.blocks.subarray(start, end), { lane: written.lane, place: 'dictionary' }, 'block')
}

function findInBlocks(written: Written, text: string): { block: TermBlock; i: number } | undefined {
  const block = openBlock(written, new SparseIndex(written.index.sparseIndex, 'index').blockOf(Buffer.from(text)))
  const i = block.find(Buffer.from(text))
  return i === -1 ? undefined : { block, i }
}

function checkTerm(written: Written, { block, i }: { block: TermBlock; i: number }, term: Term): void {
  const scored = written.lane === 'text'
  const docFreq = term.docs.length
  expect(block.term(i)).toBe(term.text)
  expect(block.docFreq(i)).toBe(docFreq)
  expect(block.ownForm(i)).toBe(scored && term.ownForm)
  expect(block.indexedTerm(i)).toBe(written.lane === 'form' ? term.indexedTerm : term.text)

  const range = block.postingsRange(i)
  const postings =
    block.inlinePostings(i) ??
    written.postings.subarray(range.start - SECTIONS.postingsAt, range.end - SECTIONS.postingsAt)
  expect(block.inlinePostings(i) === undefined).toBe(docFreq > FREQUENT_DOC_FREQ)
  const list = openPostings(postings, { docFreq, scored, docCount: 2 ** 31, source: 'postings' })
  const out = new Uint32Array(BLOCK_SIZE)
  for (let b = 0; b < list.blockCount; b++) {
    const docs = term.docs.slice(b * BLOCK_SIZE, (b + 1) * BLOCK_SIZE)
    list.decodeDocs(b, out)
    expect(Array.from(out.subarray(0, docs.length))).toEqual(docs.map((doc) => doc.docId))
  }
  if (scored) checkPositions(written, { block, i }, term)
}

function checkPositions(written: Written, { block, i }: { block: TermBlock; i: number }, term: Term): void {
  const inline = block.inlinePositions(i)
  const { start, end } = block.positionsRange(i)
  const bytes = inline ?? written.positions.subarray(start - SECTIONS.positionsAt, end - SECTIONS.positionsAt)
  const checksum = inline === undefined ? 'own' : 'none'
  const list = openPositions(bytes, { docFreq: term.docs.length, checksum, source: 'positions' })
  const freqs = new Uint32Array(BLOCK_SIZE)
  for (let b = 0; b * BLOCK_SIZE < term.docs.length; b++) {
    const docs = term.docs.slice(b * BLOCK_SIZE, (b + 1) * BLOCK_SIZE)
    freqs.set(docs.map((doc) => doc.positions.length))
    expect(Array.from(list.decode(b, freqs))).toEqual(docs.flatMap((doc) => doc.positions))
  }
}
