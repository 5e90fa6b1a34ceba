import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BLOCK_SIZE } from '../../core/bytes/bit-packing.ts'
import { CorruptDataError } from '../../core/errors.ts'
import { encodePostings, FREQUENT_DOC_FREQ, type Postings } from '../../core/postings/encode-postings.ts'
import { IMPACTS_MAX } from '../../core/postings/impacts.ts'
import { openPostings } from '../../core/postings/open-postings.ts'
import type { PostingList } from '../../core/postings/posting-list.ts'
import { type Doc, postingsOf, scoredDocs } from './generate.ts'

const DOC_COUNT = 2 ** 31

describe('a posting list', () => {
  test('decodes its documents, frequencies and lengths', () => {
    fc.assert(
      fc.property(scoredDocs, (docs) => {
        const list = reopen(postingsOf(docs))

        expect(list.docFreq).toBe(docs.length)
        expect(list.blockCount).toBe(Math.ceil(docs.length / BLOCK_SIZE))
        expect(decode(list)).toEqual(docs)
      }),
    )
  })

  test('without scores has only documents', () => {
    fc.assert(
      fc.property(scoredDocs, (docs) => {
        const { docIds, count } = postingsOf(docs)
        const list = reopen({ docIds, count })

        expect(list.scored).toBe(false)
        expect(list.impactStarts).toHaveLength(0)
        expect(decodeDocs(list)).toEqual(docs.map((doc) => doc.docId))
      }),
    )
  })

  test('has the last document of each block', () => {
    fc.assert(
      fc.property(scoredDocs, (docs) => {
        const list = reopen(postingsOf(docs))

        const expected = Array.from(
          { length: list.blockCount },
          (_, b) => docs[Math.min((b + 1) * BLOCK_SIZE, docs.length) - 1]!.docId,
        )
        expect(Array.from(list.lastDocs)).toEqual(expected)
      }),
    )
  })

  test('has impacts that bound each document of a block, with the exact highest frequency and shortest length', () => {
    fc.assert(
      fc.property(scoredDocs, (docs) => {
        const list = reopen(postingsOf(docs))

        for (let b = 0; b < list.blockCount; b++) {
          const block = docs.slice(b * BLOCK_SIZE, (b + 1) * BLOCK_SIZE)
          const impacts = impactsOf(list, b)
          expect(impacts.length).toBeLessThanOrEqual(IMPACTS_MAX)
          for (const doc of block) {
            expect(impacts.some(({ freq, length }) => freq >= doc.freq && length <= doc.length)).toBe(true)
          }
          expect(Math.max(...impacts.map(({ freq }) => freq))).toBe(Math.max(...block.map(({ freq }) => freq)))
          expect(Math.min(...impacts.map(({ length }) => length))).toBe(Math.min(...block.map(({ length }) => length)))
        }
      }),
    )
  })

  test('in one document takes four bytes', () => {
    const postings = postingsOf([{ docId: 999_999, freq: 1, length: 120 }])

    expect(encodePostings(postings)).toHaveLength(4)
  })

  test('in every document takes no bits for docIds', () => {
    const docIds = Uint32Array.from({ length: 128 * 100 }, (_, i) => i)

    // Two words per block, and the checksum.
    expect(encodePostings({ docIds, count: docIds.length })).toHaveLength(100 * 8 + 4)
  })

  test('opens at any alignment', () => {
    fc.assert(
      fc.property(scoredDocs, fc.integer({ min: 0, max: 3 }), (docs, offset) => {
        const bytes = encodePostings(postingsOf(docs))
        const moved = new Uint8Array(bytes.length + offset)
        moved.set(bytes, offset)

        const list = openPostings(moved.subarray(offset), stored(docs.length, true))

        expect(decode(list)).toEqual(docs)
      }),
    )
  })
})

describe('damaged bytes', () => {
  test('of a frequent list are always detected', () => {
    const docs = Array.from({ length: FREQUENT_DOC_FREQ + 1 }, (_, i) => ({
      docId: i * 3,
      freq: 1 + (i % 5),
      length: 40 + (i % 90),
    }))
    const bytes = encodePostings(postingsOf(docs))

    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice()
      damaged[at]! ^= 1 << (at % 8)
      expect(() => openPostings(damaged, stored(docs.length, true))).toThrow(CorruptDataError)
    }
  })

  test('of a shorter list are refused, or give a list that can be read to its end', () => {
    fc.assert(
      fc.property(scoredDocs, fc.boolean(), fc.nat(), fc.integer({ min: 1, max: 255 }), (docs, scored, where, flip) => {
        const { docIds, freqs, lengths, count } = postingsOf(docs)
        const bytes = encodePostings(scored ? { docIds, freqs, lengths, count } : { docIds, count })
        bytes[where % bytes.length]! ^= flip

        readAll(bytes, docs.length, scored)
      }),
    )
  })

  test('cut short or with extra bytes are refused', () => {
    fc.assert(
      fc.property(scoredDocs, fc.nat(), (docs, where) => {
        const bytes = encodePostings(postingsOf(docs))

        expect(() => openPostings(bytes.slice(0, where % bytes.length), stored(docs.length, true))).toThrow(
          CorruptDataError,
        )
        expect(() => openPostings(Uint8Array.of(...bytes, 0), stored(docs.length, true))).toThrow(CorruptDataError)
      }),
    )
  })

  test('with extra words before the skip data are refused', () => {
    const docIds = Uint32Array.from({ length: 256 }, (_, i) => i * 3)
    const scores = { freqs: new Uint32Array(256).fill(1), lengths: new Uint32Array(256).fill(9) }
    for (const postings of [
      { docIds, count: 256 },
      { docIds, count: 256, ...scores },
    ]) {
      const bytes = encodePostings(postings)
      // Two blocks: two descriptors and two last docIds.
      const skipData = bytes.length - 16
      const longer = Uint8Array.of(...bytes.subarray(0, skipData), 0, 0, 0, 0, ...bytes.subarray(skipData))

      openPostings(bytes, stored(256, 'freqs' in postings))
      expect(() => openPostings(longer, stored(256, 'freqs' in postings))).toThrow(CorruptDataError)
    }
  })

  test('with a document beyond the segment are refused', () => {
    for (const count of [1, 127, 128, 1001]) {
      const docIds = Uint32Array.from({ length: count }, (_, i) => i * 2)
      const bytes = encodePostings({ docIds, count })
      const last = docIds[count - 1]!

      openPostings(bytes, { docFreq: count, scored: false, docCount: last + 1, source: 'list' })
      expect(() => openPostings(bytes, { docFreq: count, scored: false, docCount: last, source: 'list' })).toThrow(
        CorruptDataError,
      )
    }
  })
})

function stored(docFreq: number, scored: boolean) {
  return { docFreq, scored, docCount: DOC_COUNT, source: 'test list' }
}

function reopen(postings: Postings): PostingList {
  return openPostings(encodePostings(postings), stored(postings.count, postings.freqs !== undefined))
}

function decodeDocs(list: PostingList): number[] {
  const out = new Uint32Array(BLOCK_SIZE)
  return Array.from({ length: list.blockCount }, (_, b) => {
    list.decodeDocs(b, out)
    return Array.from(out.subarray(0, list.blockLength(b)))
  }).flat()
}

function decode(list: PostingList): Doc[] {
  const docIds = decodeDocs(list)
  const freqs = new Uint32Array(BLOCK_SIZE)
  const lengths = new Uint32Array(BLOCK_SIZE)
  return Array.from({ length: list.blockCount }, (_, b) => {
    list.decodeFreqs(b, freqs)
    list.decodeLengths(b, lengths)
    return Array.from({ length: list.blockLength(b) }, (_, i) => ({
      docId: docIds[b * BLOCK_SIZE + i]!,
      freq: freqs[i]!,
      length: lengths[i]!,
    }))
  }).flat()
}

function impactsOf(list: PostingList, b: number): { freq: number; length: number }[] {
  const impacts = []
  for (let i = list.impactStarts[b]!; i < list.impactStarts[b + 1]!; i++) {
    impacts.push({ freq: list.impactFreqs[i]!, length: list.impactLengths[i]! })
  }
  return impacts
}

function readAll(bytes: Uint8Array, docFreq: number, scored: boolean): void {
  let list: PostingList
  try {
    list = openPostings(bytes, stored(docFreq, scored))
  } catch (error) {
    expect(error).toBeInstanceOf(CorruptDataError)
    return
  }
  if (scored) decode(list)
  else decodeDocs(list)
}
