import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BLOCK_SIZE } from '../../core/bytes/bit-packing.ts'
import { CorruptDataError } from '../../core/errors.ts'
import { encodePositions } from '../../core/postings/encode-positions.ts'
import { openPositions } from '../../core/postings/open-positions.ts'
import { randomFrom } from './generate.ts'
import { readPositions } from './read-positions.ts'

/** Per document: its positions, ascending. */
const documents: fc.Arbitrary<number[][]> = fc
  .record({
    count: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 100, max: 500 })),
    freqBits: fc.integer({ min: 0, max: 9 }),
    gapBits: fc.integer({ min: 0, max: 16 }),
    seed: fc.nat(),
  })
  .map(({ count, freqBits, gapBits, seed }) => {
    const random = randomFrom(seed)
    return Array.from({ length: count }, () => {
      let position = 0
      return Array.from({ length: 1 + random(freqBits) }, () => {
        position += random(gapBits)
        return position
      })
    })
  })

test('a position list decodes the positions of each block', () => {
  fc.assert(
    fc.property(documents, (docs) => {
      const bytes = encode(docs)

      expect(decode(bytes, docs)).toEqual(docs.flat())
    }),
    { numRuns: 60 },
  )
})

test('blocks can be decoded in any order', () => {
  fc.assert(
    fc.property(documents, (docs) => {
      const list = openPositions(encode(docs), stored(docs))

      const blocks = blocksOf(docs)
      for (let b = blocks.length - 1; b >= 0; b--) {
        expect(readPositions(list, b, freqsOf(blocks[b]!))).toEqual(blocks[b]!.flat())
      }
    }),
    { numRuns: 30 },
  )
})

test('single documents can be read in any order', () => {
  fc.assert(
    fc.property(documents, fc.array(fc.nat(), { maxLength: 40 }), (docs, picks) => {
      const reader = openPositions(encode(docs), stored(docs)).reader(new Uint32Array(BLOCK_SIZE))
      for (const pick of [...docs.keys(), ...picks.map((some) => some % docs.length)]) {
        const block = docs.slice(pick - (pick % BLOCK_SIZE)).slice(0, BLOCK_SIZE)
        const start = block.slice(0, pick % BLOCK_SIZE).flat().length
        const out = new Uint32Array(docs[pick]!.length + 3)
        reader.beginBlock(Math.floor(pick / BLOCK_SIZE), block.flat().length)
        reader.read(start, docs[pick]!.length, out, 3)
        expect(Array.from(out.subarray(3))).toEqual(docs[pick])
      }
    }),
    { numRuns: 40 },
  )
})

test('frequencies beyond the block are ignored', () => {
  const list = openPositions(encode([[3, 9], [4]]), stored([[3, 9], [4]]))
  const freqs = new Uint32Array(BLOCK_SIZE).fill(77)
  freqs.set([2, 1])

  expect(Array.from(list.decode(0, freqs, new Uint32Array(3)))).toEqual([3, 9, 4])
})

test('a position list opens at any alignment', () => {
  const docs = Array.from({ length: 300 }, (_, i) => [i, i + 5])
  const bytes = encode(docs)
  for (let offset = 0; offset < 4; offset++) {
    const moved = new Uint8Array(bytes.length + offset)
    moved.set(bytes, offset)
    expect(decode(moved.subarray(offset), docs)).toEqual(docs.flat())
  }
})

test('every damaged byte of a position list is detected', () => {
  for (const docs of [[[7, 200]], Array.from({ length: 200 }, (_, i) => [i, i * 3])]) {
    const bytes = encode(docs)
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice()
      damaged[at]! ^= 1 << (at % 8)
      expect(() => openPositions(damaged, stored(docs))).toThrow(CorruptDataError)
    }
    expect(() => openPositions(bytes.subarray(0, -1), stored(docs))).toThrow(CorruptDataError)
    expect(() => openPositions(new Uint8Array(0), stored(docs))).toThrow(CorruptDataError)
  }
})

test('block ends that do not ascend or do not match the list are refused', () => {
  const docs = Array.from({ length: 300 }, (_, i) => [i, i * 3])
  const words = new Uint32Array(encode(docs).slice(0, -4).buffer)
  const open = (ends: readonly number[]) => {
    const changed = words.slice()
    changed.set(ends, words.length - ends.length)
    return openPositions(new Uint8Array(changed.buffer), { docFreq: docs.length, checksum: 'none', source: 'list' })
  }
  const ends = Array.from(words.slice(-3))

  open(ends)
  expect(() => open([ends[1]! + 1, ends[1]!, ends[2]!])).toThrow(CorruptDataError)
  expect(() => open([ends[0]!, ends[1]!, ends[2]! + 1])).toThrow(CorruptDataError)
  expect(() => open([ends[0]!, ends[1]!, ends[2]! - 1])).toThrow(CorruptDataError)
})

function stored(docs: readonly number[][]) {
  return { docFreq: docs.length, checksum: 'own', source: 'test list' } as const
}

function freqsOf(docs: readonly number[][]): Uint32Array {
  return Uint32Array.from(docs, (positions) => positions.length)
}

function encode(docs: readonly number[][]): Uint8Array {
  return encodePositions({ freqs: freqsOf(docs), positions: Uint32Array.from(docs.flat()), count: docs.length })
}

function blocksOf(docs: readonly number[][]): number[][][] {
  return Array.from({ length: Math.ceil(docs.length / BLOCK_SIZE) }, (_, b) =>
    docs.slice(b * BLOCK_SIZE, (b + 1) * BLOCK_SIZE),
  )
}

function decode(bytes: Uint8Array, docs: readonly number[][]): number[] {
  const list = openPositions(bytes, stored(docs))
  return blocksOf(docs).flatMap((block, b) => readPositions(list, b, freqsOf(block)))
}
