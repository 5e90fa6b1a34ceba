import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bitsetAdd, bitsetHas, bitsetMembers, bitsetSize, newBitset } from '../../core/bytes/bitset.ts'
import { CorruptDataError } from '../../core/errors.ts'
import { encodeTombstones, readTombstones } from '../../core/segment/format/tombstones.ts'
import { memoryStore } from './generate-documents.ts'

const sets = fc.array(
  fc.record({
    docCount: fc.integer({ min: 1, max: 200_000 }),
    seeds: fc.array(fc.nat(), { maxLength: 200 }),
    dense: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
)

test('tombstones of several segments are read from one object', async () => {
  await fc.assert(
    fc.asyncProperty(sets, async (drafts) => {
      const bitsets = drafts.map(({ docCount, seeds, dense }) => {
        const set = newBitset(docCount)
        for (const seed of seeds) bitsetAdd(set, seed % docCount)
        if (dense) for (let docId = 0; docId < docCount; docId += 2) bitsetAdd(set, docId)
        return set
      })
      const { bytes, parts } = encodeTombstones(bitsets)
      const store = memoryStore()
      await store.put('p/tombs/1-x', bytes)
      for (const [i, part] of parts.entries()) {
        const { docCount } = drafts[i]!
        const read = await readTombstones(store, 'p/', { ref: { object: 'tombs/1-x', ...part }, docCount })
        expect(Buffer.compare(Buffer.from(read.buffer), Buffer.from(bitsets[i]!.buffer))).toBe(0)
      }
    }),
    { numRuns: 30 },
  )
})

test('a flipped byte of a bitmap is corrupt, and so is a bitmap of another segment', async () => {
  const set = newBitset(1000)
  for (const docId of [0, 31, 32, 999]) bitsetAdd(set, docId)
  const { bytes, parts } = encodeTombstones([set])
  const ref = { object: 'tombs/1-x', ...parts[0]! }
  for (let at = 0; at < bytes.length; at++) {
    const store = memoryStore()
    await store.put(
      'p/tombs/1-x',
      bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)),
    )
    await expect(readTombstones(store, 'p/', { ref, docCount: 1000 })).rejects.toThrow(CorruptDataError)
  }
  const store = memoryStore()
  await store.put('p/tombs/1-x', bytes)
  await expect(readTombstones(store, 'p/', { ref, docCount: 999 })).rejects.toThrow('name document 999 of 999')
})

test('a bitset counts and lists its members', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(499)), (members) => {
      const set = newBitset(500)
      for (const docId of members) bitsetAdd(set, docId)
      expect(bitsetSize(set)).toBe(members.length)
      expect([...bitsetMembers(set)]).toEqual([...members].sort((a, b) => a - b))
      expect(members.every((docId) => bitsetHas(set, docId))).toBe(true)
    }),
  )
})
