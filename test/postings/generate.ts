import fc from 'fast-check'
import type { Postings } from '../../core/postings/encode-postings.ts'

export type Doc = { docId: number; freq: number; length: number }

/** Magnitudes that make every bit width occur, mostly small ones. */
const magnitude = (bitsMax: number) =>
  fc.integer({ min: 0, max: bitsMax }).chain((bits) => fc.integer({ min: 0, max: 2 ** bits - 1 }))

/** The documents of one term: from one to several blocks, dense or sparse. */
export const scoredDocs: fc.Arbitrary<Doc[]> = fc
  .record({
    count: fc.oneof(
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 900, max: 1400 }),
    ),
    gapBits: fc.integer({ min: 0, max: 20 }),
    freqBits: fc.integer({ min: 0, max: 12 }),
    lengthBits: fc.integer({ min: 0, max: 20 }),
    seed: fc.nat(),
  })
  .map(({ count, gapBits, freqBits, lengthBits, seed }) => {
    const random = randomFrom(seed)
    let docId = -1
    return Array.from({ length: count }, () => {
      docId += 1 + random(gapBits)
      return { docId, freq: 1 + random(freqBits), length: random(lengthBits) }
    })
  })

export const words32 = magnitude(32)

export function postingsOf(docs: readonly Doc[]): Required<Postings> {
  return {
    docIds: Uint32Array.from(docs, (doc) => doc.docId),
    freqs: Uint32Array.from(docs, (doc) => doc.freq),
    lengths: Uint32Array.from(docs, (doc) => doc.length),
    count: docs.length,
  }
}

/** Seeded numbers below 2^bits (mulberry32), both small and large. */
export function randomFrom(seed: number): (bits: number) => number {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return (bits) => Math.floor(next() * 2 ** Math.floor(next() * (bits + 1)))
}
