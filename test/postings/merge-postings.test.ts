import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodePositions } from '../../core/postings/encode-positions.ts'
import { encodePostings } from '../../core/postings/encode-postings.ts'
import { type MergeSource, PostingsMerger, TOMBSTONE } from '../../core/postings/merge-postings.ts'
import { openPositions } from '../../core/postings/open-positions.ts'
import { openPostings } from '../../core/postings/open-postings.ts'
import { randomFrom } from './generate.ts'

type Doc = { docId: number; length: number; positions: number[] }
/** A document before the merge: its segment, whether it survives, and the positions of the term if it has the term. */
type Before = { segment: number; alive: boolean; positions: number[] }

const documents: fc.Arbitrary<Before[]> = fc
  .record({
    count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1000, max: 4000 })),
    segmentBits: fc.integer({ min: 0, max: 3 }),
    alive: fc.integer({ min: 0, max: 4 }),
    frequent: fc.boolean(),
    seed: fc.nat(),
  })
  .map(({ count, segmentBits, alive, frequent, seed }) => {
    const random = randomFrom(seed)
    return Array.from({ length: count }, () => {
      let position = 0
      const positions = Array.from({ length: frequent ? 1 + random(3) : random(2) }, () => {
        position += random(8)
        return position
      })
      return { segment: random(segmentBits), alive: random(5) >= alive, positions }
    })
  })

describe('merging posting lists', () => {
  test('equals indexing the surviving documents from scratch', () => {
    fc.assert(
      fc.property(documents, (all) => {
        const merged = merge(new PostingsMerger('scored'), sourcesOf(all))

        expect(merged).toEqual(survivorsOf(all))
      }),
    )
  })

  test('without scores keeps only the documents, even of scored lists', () => {
    fc.assert(
      fc.property(documents, (all) => {
        const merged = merge(new PostingsMerger('documents'), sourcesOf(all))

        expect(merged.map(({ docId }) => docId)).toEqual(survivorsOf(all).map(({ docId }) => docId))
      }),
      { numRuns: 40 },
    )
  })

  test('does not affect the next term', () => {
    const merger = new PostingsMerger('scored')
    fc.assert(
      fc.property(documents, (all) => {
        expect(merge(merger, sourcesOf(all))).toEqual(survivorsOf(all))
      }),
      { numRuns: 40 },
    )
  })

  test('emits bounded pieces', () => {
    const all = Array.from({ length: 10_000 }, (_, i) => ({
      segment: i % 2,
      alive: true,
      positions: Array(50).fill(i),
    }))
    let largest = 0
    new PostingsMerger('scored').merge(sourcesOf(all), {
      add: ({ freqs, count }) => {
        largest = Math.max(
          largest,
          freqs!.subarray(0, count).reduce((sum, freq) => sum + freq, 0),
        )
      },
    })

    expect(largest).toBeLessThan(70_000)
  })
})

function merge(merger: PostingsMerger, sources: MergeSource[]): Doc[] {
  const docs: Doc[] = []
  const total = merger.merge(sources, {
    add: ({ docIds, freqs, lengths, count }, positions) => {
      let at = 0
      for (let i = 0; i < count; i++) {
        const freq = freqs?.[i] ?? 0
        docs.push({
          docId: docIds[i]!,
          length: lengths?.[i] ?? 0,
          positions: Array.from(positions?.subarray(at, at + freq) ?? []),
        })
        at += freq
      }
    },
  })
  expect(total).toBe(docs.length)
  return docs
}

/** The lists of the segments; documents are numbered per segment, in their common order. */
function sourcesOf(all: readonly Before[]): MergeSource[] {
  const newIds = newDocIds(all)
  const segments = Math.max(...all.map(({ segment }) => segment)) + 1
  return Array.from({ length: segments }, (_, segment) => {
    const indices = all.flatMap((doc, i) => (doc.segment === segment ? [i] : []))
    const docs = indices.flatMap((i, docId) =>
      all[i]!.positions.length > 0 ? [{ docId, positions: all[i]!.positions, i }] : [],
    )
    if (docs.length === 0) return []
    const docIds = Uint32Array.from(docs, ({ docId }) => docId)
    const freqs = Uint32Array.from(docs, ({ positions }) => positions.length)
    const lengths = Uint32Array.from(docs, ({ i }) => lengthOf(i))
    const count = docs.length
    const positions = encodePositions({
      freqs,
      positions: Uint32Array.from(docs.flatMap((doc) => doc.positions)),
      count,
    })
    const stored = { docFreq: count, scored: true, docCount: indices.length, source: 'list' }
    return [
      {
        postings: openPostings(encodePostings({ docIds, freqs, lengths, count }), stored),
        positions: openPositions(positions, { docFreq: count, checksum: 'own', source: 'list' }),
        map: Uint32Array.from(indices, (i) => newIds[i]!),
      },
    ]
  }).flat()
}

function survivorsOf(all: readonly Before[]): Doc[] {
  const newIds = newDocIds(all)
  return all.flatMap(({ alive, positions }, i) =>
    alive && positions.length > 0 ? [{ docId: newIds[i]!, length: lengthOf(i), positions }] : [],
  )
}

function newDocIds(all: readonly Before[]): number[] {
  let next = 0
  return all.map(({ alive }) => (alive ? next++ : TOMBSTONE))
}

function lengthOf(i: number): number {
  return 10 + (i % 77)
}
