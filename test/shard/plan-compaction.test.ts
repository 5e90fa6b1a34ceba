import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SegmentEntry } from '../../core/segment/segment-entry.ts'
import {
  FAN_IN_DEFAULT,
  FAN_IN_SEARCHED,
  liveBytes,
  MERGED_BYTES_MAX,
  planFull,
  planLarge,
  planSmall,
  SMALL_BYTES_MAX,
} from '../../core/shard/plan-compaction.ts'

const KB = 1024
const MB = 1024 * KB

const FAN_INS = [FAN_IN_DEFAULT, FAN_IN_SEARCHED]

test.each(FAN_INS)('fewer than %i small segments are left alone, as many are merged', (fanIn) => {
  const few = sized(new Array(fanIn - 1).fill(10 * KB))

  expect(planSmall(few, fanIn)).toBeUndefined()
  expect(planSmall([...few, entry('last', 10 * KB)], fanIn)).toHaveLength(fanIn)
})

test.each(FAN_INS)('of %i: small segments stay few, every document is rewritten a few times only', (fanIn) => {
  let segments: SegmentEntry[] = []
  let [written, rewritten, most] = [0, 0, 0]
  for (let commit = 0; commit < 5000; commit++) {
    segments.push(entry(`c${commit}`, 2 * KB))
    written += 2 * KB
    const names = planSmall(segments, fanIn)
    if (names) {
      const inputs = segments.filter(({ name }) => names.includes(name))
      const byteSize = inputs.reduce((sum, input) => sum + input.byteSize, 0)
      rewritten += byteSize
      segments = [...segments.filter(({ name }) => !names.includes(name)), entry(`m${commit}`, byteSize)]
    }
    most = Math.max(most, segments.filter((segment) => liveBytes(segment) < SMALL_BYTES_MAX).length)
  }

  expect(most).toBeLessThanOrEqual(fanIn + 1)
  expect(rewritten / written).toBeLessThan(fanIn === FAN_IN_DEFAULT ? 10 : 20)
})

test.each(FAN_INS)('of %i: live segments grow with the logarithm of what is written', (fanIn) => {
  const commitBytes = 600 * KB
  const most: number[] = []
  let segments: SegmentEntry[] = []
  let max = 0
  for (let commit = 1; commit <= 4096; commit++) {
    segments = settled([...segments, entry(`c${commit}`, commitBytes)], fanIn)
    max = Math.max(max, segments.length)
    if (commit === fanIn ** most.length) most.push(max)
  }
  // As many times as much is one tier more, of one segment less than that at most.
  expect(most).toHaveLength(1 + Math.round(Math.log(4096) / Math.log(fanIn)))
  for (const [i, count] of most.entries()) expect(count).toBeLessThanOrEqual((fanIn - 1) * (i + 1))
  expect(most.at(-1)).toBeLessThan(30)
})

test('as many large segments of about the same size are merged, of different sizes not', () => {
  for (const fanIn of FAN_INS) {
    expect(planLarge(sized(new Array(fanIn).fill(3 * MB)), { fanIn })).toHaveLength(fanIn)
    expect(planLarge(sized(new Array(fanIn - 1).fill(3 * MB)), { fanIn })).toBeUndefined()
  }
  expect(planLarge(sized([2, 2, 2, 2, 70, 70, 70, 70].map((size) => size * MB)))).toBeUndefined()
})

test('a segment with many deleted documents is rewritten alone', () => {
  const worn = { ...entry('worn', 5 * MB), deletedCount: 50 }

  expect(planLarge([entry('fresh', 5 * MB), worn])).toEqual(['worn'])
  expect(planLarge([entry('fresh', 5 * MB), { ...worn, deletedCount: 39 }])).toBeUndefined()
})

test('what is busy is not planned again', () => {
  const segments = sized(new Array(12).fill(3 * MB))
  const passedOver = new Set(segments.slice(0, 5).map(({ name }) => name))

  expect(planLarge(segments, { passedOver })).toBeUndefined()
})

test('merging goes on until nothing is left to do, and no merge is too large', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FAN_INS),
      fc.array(fc.integer({ min: 1, max: 400 * MB }), { maxLength: 60 }),
      (fanIn, sizes) => {
        const segments = settled(sized(sizes), fanIn)
        expect(segments.reduce((sum, segment) => sum + segment.byteSize, 0)).toBe(
          sizes.reduce((sum, size) => sum + size, 0),
        )
      },
    ),
  )
})

test('a full compaction takes everything, unless there is nothing to gain', () => {
  expect(planFull([])).toBeUndefined()
  expect(planFull([entry('one', MB)])).toBeUndefined()
  expect(planFull([{ ...entry('one', MB), deletedCount: 1 }])).toEqual(['one'])
  expect(planFull(sized([1, 2 * MB]))).toHaveLength(2)
})

/** What is left when nothing more is worth merging. */
function settled(start: readonly SegmentEntry[], fanIn: number): SegmentEntry[] {
  let segments = [...start]
  for (let round = 0; ; round++) {
    expect(round).toBeLessThan(200)
    const names = planSmall(segments, fanIn) ?? planLarge(segments, { fanIn })
    if (!names) return segments
    const inputs = segments.filter(({ name }) => names.includes(name))
    const byteSize = inputs.reduce((sum, input) => sum + input.byteSize, 0)
    expect(inputs.length).toBe(names.length)
    expect(byteSize).toBeLessThanOrEqual(MERGED_BYTES_MAX)
    segments = [...segments.filter(({ name }) => !names.includes(name)), entry(`${names[0]}-merged${round}`, byteSize)]
  }
}

function sized(sizes: readonly number[]): SegmentEntry[] {
  return sizes.map((byteSize, i) => entry(`s${i}`, byteSize))
}

function entry(name: string, byteSize: number): SegmentEntry {
  const checksum = new Uint8Array(16)
  const file = {
    name,
    schemaVersion: 1,
    docCount: 100,
    byteSize,
    footerSize: 1,
    footerCrc: 0,
    fieldTotals: [],
    checksum,
  }
  return { ...file, deletedCount: 0, tombstones: undefined, liveFieldTotals: [], liveChecksum: checksum }
}
