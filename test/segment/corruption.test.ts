import { expect, test } from 'vitest'
import { CorruptDataError } from '../../core/errors.ts'
import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { segmentKey, WHOLE_FILE_BYTES } from '../../core/segment/read/open-segment.ts'
import type { ByteRange, ObjectStore } from '../../core/storage/object-store.ts'
import { build, loadAnalyzers, manyDocuments, memoryStore } from './generate-documents.ts'
import { readEverything } from './read-everything.ts'

const PREFIX = 'c/u/s/0/'
const analyzers = await loadAnalyzers()

test('no flipped byte of a small segment gives a wrong answer', async () => {
  const { bytes, file } = build(manyDocuments(2), analyzers)
  expect(bytes.length).toBeLessThan(8 * 1024)
  const expected = await read(bytes, file)
  for (let at = 0; at < bytes.length; at++) await expectSameOrCorrupt(flipped(bytes, at), file, expected)
})

test('a small segment that is cut off anywhere is corrupt', async () => {
  const { bytes, file } = build(manyDocuments(2), analyzers)
  for (let length = 0; length < bytes.length; length++) {
    await expect(read(bytes.subarray(0, length), file)).rejects.toThrow(CorruptDataError)
  }
})

test('no flipped byte of a segment that is read in parts gives a wrong answer', async () => {
  const { bytes, file } = build(manyDocuments(1_100), analyzers)
  expect(bytes.length).toBeGreaterThan(WHOLE_FILE_BYTES)
  const expected = await read(bytes, file)
  // The step is a prime, so that flips hit bytes of all kinds.
  for (let at = 3; at < bytes.length; at += 5_003) await expectSameOrCorrupt(flipped(bytes, at), file, expected)
})

test('a segment that is read in parts, cut off anywhere, is corrupt', async () => {
  const { bytes, file } = build(manyDocuments(1_100), analyzers)
  for (let length = 0; length < bytes.length; length += 19_997) {
    await expect(read(bytes.subarray(0, length), file)).rejects.toThrow(CorruptDataError)
  }
})

test('errors name the file, the section, what was expected and what was found', async () => {
  const { bytes, file } = build(manyDocuments(2), analyzers)
  const error = await read(flipped(bytes, 20), file).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(CorruptDataError)
  expect((error as Error).message).toMatch(
    /^c\/u\/s\/0\/seg\/1-test\.seg: ids, part 0 has crc32 [0-9a-f]{8}, expected [0-9a-f]{8}$/,
  )
})

async function expectSameOrCorrupt(bytes: Uint8Array, file: SegmentFile, expected: string): Promise<void> {
  try {
    expect(await read(bytes, file)).toBe(expected)
  } catch (error) {
    if (!(error instanceof CorruptDataError)) throw error
  }
}

/** Gives the same array at every read, without a copy. */
async function read(bytes: Uint8Array, file: SegmentFile): Promise<string> {
  const store: ObjectStore = {
    ...memoryStore(),
    get: (key: string, range?: ByteRange) => {
      expect(key).toBe(segmentKey(PREFIX, file))
      return Promise.resolve(bytes.slice(range?.start, range?.end))
    },
  }
  return readEverything(store, PREFIX, file)
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const damaged = bytes.slice()
  damaged[at]! ^= 1 << (at % 8)
  return damaged
}
