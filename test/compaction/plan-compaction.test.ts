import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  liveBytes,
  MERGED_BYTES_MAX,
  MERGED_COUNT_MAX,
  MERGES_OF_FUNCTIONS,
  MERGES_OF_IMPORTS,
  MERGES_OF_SERVERS,
  type MergePolicy,
  planCompaction,
  planFull,
  planLong,
  planQuick,
} from '../../core/compaction/plan-compaction.ts'
import type { SegmentEntry } from '../../core/segment/format/segment-entry.ts'

const KB = 1024
const MB = 1024 * KB

const POLICIES = [
  ['servers', MERGES_OF_SERVERS],
  ['imports', MERGES_OF_IMPORTS],
  ['functions', MERGES_OF_FUNCTIONS],
] as const

test.each(POLICIES)('%s: segments of equal size are merged from the minimum number on', (_, policy) => {
  for (const byteSize of [10 * KB, 30 * MB]) {
    const few = sized(new Array(policy.countMin - 1).fill(byteSize))

    expect(planCompaction(few, policy)).toBeUndefined()
    expect(planCompaction([...few, entry('last', byteSize)], policy)).toHaveLength(policy.countMin)
  }
})

test('a run continues while the ratio allows each segment, compared with all before it', () => {
  const policy = { ...MERGES_OF_SERVERS, sizeRatio: 1 }

  expect(planCompaction(sized([1, 1, 2, 4, 9].map((size) => size * MB)), policy)).toEqual(['s0', 's1', 's2', 's3'])
  expect(planCompaction(sized([1, 1, 2, 4, 8].map((size) => size * MB)), policy)).toHaveLength(5)
  // The second may be up to twice as large as the first.
  expect(planCompaction(sized([1, 2, 3].map((size) => size * MB)), policy)).toHaveLength(3)
  expect(planCompaction(sized([1, 2.1, 3].map((size) => size * MB)), policy)).toBeUndefined()
})

test('the run of the smallest segments is chosen, or of larger ones if the smallest differ too much', () => {
  expect(planCompaction(sized([1, 1, 1, 70, 70, 70].map((size) => size * MB)), MERGES_OF_SERVERS)).toEqual([
    's0',
    's1',
    's2',
  ])
  expect(planCompaction(sized([1, 9, 70, 70, 70].map((size) => size * MB)), MERGES_OF_SERVERS)).toEqual([
    's2',
    's3',
    's4',
  ])
  expect(planCompaction(sized([1, 9, 70, 300].map((size) => size * MB)), MERGES_OF_SERVERS)).toBeUndefined()
})

// What the policies promise: how many segments remain, and how often a document is rewritten.
test.each([
  ['servers', MERGES_OF_SERVERS, { commits: 5000, byteSize: 2 * KB, most: 10, rewritten: 8 }],
  ['servers', MERGES_OF_SERVERS, { commits: 4096, byteSize: 600 * KB, most: 10, rewritten: 8 }],
  ['imports', MERGES_OF_IMPORTS, { commits: 5000, byteSize: 2 * KB, most: 21, rewritten: 6 }],
  ['imports', MERGES_OF_IMPORTS, { commits: 4096, byteSize: 600 * KB, most: 22, rewritten: 6 }],
] as const)(
  '%s: live segments grow with the logarithm of what is written (%#)',
  (_, policy, { commits, byteSize, ...max }) => {
    const most: number[] = []
    let segments: SegmentEntry[] = []
    let rewritten = 0
    let maxSoFar = 0
    for (let commit = 1; commit <= commits; commit++) {
      const before = [...segments, entry(`c${commit}`, byteSize)]
      segments = settled(before, policy, (bytes) => {
        rewritten += bytes
      })
      maxSoFar = Math.max(maxSoFar, segments.length)
      if (commit === 4 ** most.length) most.push(maxSoFar)
    }

    // Four times as many commits are two doublings, each of fewer segments than a run needs.
    for (const [i, count] of most.entries()) expect(count).toBeLessThanOrEqual((policy.countMin - 1) * (2 * i + 1))
    expect(most.at(-1)).toBeLessThanOrEqual(max.most)
    expect(rewritten / (commits * byteSize)).toBeLessThan(max.rewritten)
  },
)

test('a segment with many deleted documents is rewritten, together with smaller ones', () => {
  const worn = { ...entry('worn', 50 * MB), deletedCount: 50 }
  const others = sized([2 * MB, 9 * MB, 200 * MB])

  expect(planCompaction([...others, worn], MERGES_OF_SERVERS)).toEqual(['s0', 's1', 'worn'])
  expect(planCompaction([...others, { ...worn, deletedCount: 40 }], MERGES_OF_SERVERS)).toBeUndefined()
  // A small segment waits for a run.
  expect(planCompaction([{ ...worn, byteSize: MB }], MERGES_OF_SERVERS)).toBeUndefined()
})

test('a segment of a full compaction is rewritten whatever its size, and alone if there is no room for others', () => {
  const huge = { ...entry('huge', 10 * MERGED_BYTES_MAX), deletedCount: 50 }

  expect(planCompaction([entry('small', MB), huge], MERGES_OF_SERVERS)).toEqual(['huge'])
})

test('a quick merge has few bytes, and cuts its run to them; other merges are long', () => {
  const ten = sized(new Array(10).fill(MB))

  expect(planQuick(ten, MERGES_OF_SERVERS)).toHaveLength(8)
  expect(planLong(ten, MERGES_OF_SERVERS)).toHaveLength(10)
  expect(planLong(ten.slice(0, 8), MERGES_OF_SERVERS)).toBeUndefined()
  const worn = { ...entry('worn', 9 * MB), deletedCount: 90 }
  expect(planQuick([worn], MERGES_OF_SERVERS)).toBeUndefined()
  expect(planLong([worn], MERGES_OF_SERVERS)).toEqual(['worn'])
})

test('a run is cut to the maximum of input bytes, including deleted documents', () => {
  const ten = sized(new Array(10).fill(10 * MB))
  const half = ten.map((one) => ({ ...one, deletedCount: 30 }))

  expect(planCompaction(ten, MERGES_OF_SERVERS, { max: 45 * MB })).toHaveLength(4)
  expect(planCompaction(half, MERGES_OF_SERVERS, { max: 45 * MB })).toHaveLength(4)
  expect(planCompaction(ten, MERGES_OF_SERVERS, { max: 29 * MB })).toBeUndefined()
  expect(planCompaction(ten, MERGES_OF_SERVERS, { max: -1 })).toBeUndefined()
  const worn = { ...entry('worn', 40 * MB), deletedCount: 50 }
  expect(planCompaction([...sized([15 * MB]), worn], MERGES_OF_SERVERS, { max: 50 * MB })).toEqual(['worn'])
  expect(planCompaction([...sized([5 * MB]), worn], MERGES_OF_SERVERS, { max: 50 * MB })).toEqual(['s0', 'worn'])
})

test('if any merge is worth doing, a quick or a long one is', () => {
  fc.assert(
    fc.property(anyPolicy(), anySegments(), (policy, segments) => {
      const either = planQuick(segments, policy) ?? planLong(segments, policy)
      expect(either === undefined).toBe(planCompaction(segments, policy) === undefined)
    }),
  )
})

test('merging ends with nothing left to do, and no run is too large', () => {
  fc.assert(
    fc.property(anyPolicy(), anySegments(), (policy, start) => {
      const live = (segments: readonly SegmentEntry[]) => segments.reduce((sum, one) => sum + liveBytes(one), 0)
      const segments = settled(start, policy)
      expect(live(segments)).toBeCloseTo(live(start), 0)
      // Any `countMin` consecutive segments more than double in size, unless their merge would be too large.
      const sizes = segments.map(liveBytes).sort((a, b) => a - b)
      for (let i = 0; i + policy.countMin <= sizes.length; i++) {
        const run = sizes.slice(i, i + policy.countMin)
        if (run.reduce((sum, size) => sum + size, 0) > MERGED_BYTES_MAX) break
        expect(run.at(-1)!).toBeGreaterThan(run[0]! * Math.min(2, policy.sizeRatio + 1))
      }
    }),
  )
})

test('a full compaction takes all segments, unless there is nothing to gain', () => {
  expect(planFull([])).toBeUndefined()
  expect(planFull([entry('one', MB)])).toBeUndefined()
  expect(planFull([{ ...entry('one', MB), deletedCount: 1 }])).toEqual({ run: ['one'], isLast: true })
  expect(planFull(sized([1, 2 * MB]))).toEqual({ run: ['s0', 's1'], isLast: true })
  const many = planFull(sized(Array.from({ length: MERGED_COUNT_MAX + 1 }, (_, i) => MB + i)))
  expect(many).toMatchObject({ isLast: false })
  expect(many!.run).toHaveLength(MERGED_COUNT_MAX)
})

test('no run has segments with words of different versions of the analyzers', () => {
  const versioned = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 3 * MB }), fc.nat(99)), { maxLength: 24 })
  fc.assert(
    fc.property(versioned, fc.constantFrom(...POLICIES), (all, [, policy]) => {
      const segments = all.map(([analyzerVersion, byteSize, deletedCount], i) => {
        return { ...entry(`s${i}`, byteSize), analyzerVersion, deletedCount }
      })
      const versionsOf = (run: readonly string[] = []) => {
        const chosen = segments.filter(({ name, analyzerVersion }) => run.includes(name) && analyzerVersion > 0)
        return new Set(chosen.map(({ analyzerVersion }) => analyzerVersion)).size
      }
      expect(versionsOf(planCompaction(segments, policy))).toBeLessThanOrEqual(1)
      expect(versionsOf(planFull(segments)?.run)).toBeLessThanOrEqual(1)
    }),
  )
  const [old, none, ...recent] = [1, 0, 2, 2].map((analyzerVersion, i) => ({ ...entry(`s${i}`, MB), analyzerVersion }))
  expect(planFull([old!, none!, ...recent])).toEqual({ run: ['s1', 's2', 's3'], isLast: true })
  expect(planFull([old!, recent[0]!])).toBeUndefined()
  expect(planFull([{ ...old!, deletedCount: 1 }, ...recent])).toEqual({ run: ['s2', 's3'], isLast: false })
})

/** The segments that remain when no merge is worth doing. */
function settled(
  start: readonly SegmentEntry[],
  policy: MergePolicy,
  onMerge: (bytes: number) => void = () => undefined,
): SegmentEntry[] {
  let segments = [...start]
  for (let round = 0; ; round++) {
    expect(round).toBeLessThan(200)
    const names = planCompaction(segments, policy)
    if (!names) return segments
    const inputs = segments.filter(({ name }) => names.includes(name))
    const byteSize = inputs.reduce((sum, input) => sum + liveBytes(input), 0)
    expect(inputs.length).toBe(names.length)
    if (names.length > 1) expect(byteSize).toBeLessThanOrEqual(MERGED_BYTES_MAX)
    onMerge(byteSize)
    segments = [...segments.filter(({ name }) => !names.includes(name)), entry(`${names[0]}-merged${round}`, byteSize)]
  }
}

function anyPolicy() {
  return fc.constantFrom(...POLICIES.map(([, policy]) => policy))
}

function anySegments() {
  const one = fc.record({ byteSize: fc.integer({ min: 1, max: 400 * MB }), deletedCount: fc.nat({ max: 99 }) })
  return fc
    .array(one, { maxLength: 60 })
    .map((all) => all.map(({ byteSize, deletedCount }, i) => ({ ...entry(`s${i}`, byteSize), deletedCount })))
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
    files: [],
    shared: [],
    ranges: [],
    analyzerVersion: 1,
    footerCrc: 0,
    fieldTotals: [],
    checksum,
  }
  return { ...file, deletedCount: 0, tombstones: undefined, liveFieldTotals: [], liveChecksum: checksum }
}
