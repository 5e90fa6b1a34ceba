import { expect, test } from 'vitest'
import { bitsetSize } from '../../core/bytes/bitset.ts'
import { encodePositions } from '../../core/postings/encode-positions.ts'
import { encodePostings } from '../../core/postings/encode-postings.ts'
import { openPositions } from '../../core/postings/open-positions.ts'
import { openPostings } from '../../core/postings/open-postings.ts'
import type { PositionList } from '../../core/postings/posting-list.ts'
import { LengthNorms } from '../../core/query/score/bm25.ts'
import { PhraseNode } from '../../core/query/score/phrase-node.ts'

const WEIGHT = { weight: 1, norms: new LengthNorms(1.2, 0.75, { docCount: 10, tokenCount: 60 }) }
const DOCUMENTS = 300

test('a word that a phrase repeats is read once per document', () => {
  const word = makeTerm(5)
  const counted = countReads(word.positions)
  const offsets = [0, 1, 2, 3, 4]
  const node = new PhraseNode([{ list: word.list, positions: counted.positions, offsets }], 0, WEIGHT)

  node.evaluate(0, DOCUMENTS, undefined)
  expect(bitsetSize(node.bits)).toBe(DOCUMENTS)
  expect(counted.reads).toHaveLength(DOCUMENTS)
})

test('a document in which a word occurs more seldom than in the phrase is not read', () => {
  const word = makeTerm(5)
  const counted = countReads(word.positions)
  const offsets = [0, 1, 2, 3, 4, 5]
  const node = new PhraseNode([{ list: word.list, positions: counted.positions, offsets }], 0, WEIGHT)

  node.evaluate(0, DOCUMENTS, undefined)
  expect(bitsetSize(node.bits)).toBe(0)
  expect(counted.reads).toHaveLength(0)
})

test('the memory for positions is that of one document, for any number of documents', () => {
  const length = 5_000
  const words = [makeTerm(length), makeTerm(length)].map((word) => ({ ...word, counted: countReads(word.positions) }))
  const terms = words.map(({ list, counted }, w) => ({ list, positions: counted.positions, offsets: [w] }))
  const node = new PhraseNode(terms, 0, WEIGHT)

  node.evaluate(0, DOCUMENTS, undefined)
  expect(bitsetSize(node.bits)).toBe(DOCUMENTS)
  const room = words.flatMap(({ counted }) => counted.reads.map(({ out }) => out))
  expect(new Set(room.map(({ buffer }) => buffer)).size).toBe(1)
  expect(room[0]!.length).toBeLessThanOrEqual(2 * words.length * length)
})

/** A term that occurs in every document at the first `freq` positions. */
function makeTerm(freq: number) {
  const docIds = Uint32Array.from({ length: DOCUMENTS }, (_, doc) => doc)
  const freqs = new Uint32Array(DOCUMENTS).fill(freq)
  const positions = Uint32Array.from({ length: DOCUMENTS * freq }, (_, i) => i % freq)
  const bytes = encodePostings({ docIds, freqs, lengths: freqs, count: DOCUMENTS })
  const stored = { docFreq: DOCUMENTS, checksum: 'own', source: 'test' } as const
  return {
    list: openPostings(bytes, { docFreq: DOCUMENTS, scored: true, source: 'test', docCount: DOCUMENTS }),
    positions: openPositions(encodePositions({ freqs, positions, count: DOCUMENTS }), stored),
  }
}

/** Records each document that is read and the index it is written to; refuses to read whole blocks. */
function countReads(list: PositionList): { positions: PositionList; reads: { out: Uint32Array }[] } {
  const reads: { out: Uint32Array }[] = []
  const positions: PositionList = {
    decode: () => {
      throw new Error('a block holds the positions of 128 documents of any length')
    },
    reader: (scratch) => {
      const reader = list.reader(scratch)
      return {
        beginBlock: (b, total) => reader.beginBlock(b, total),
        read: (start, freq, out, at) => {
          reads.push({ out })
          reader.read(start, freq, out, at)
        },
      }
    },
  }
  return { positions, reads }
}
