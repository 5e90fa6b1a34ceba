import { expect, test } from 'vitest'
import { Deadlines } from '../../core/reading/deadlines.ts'
import { LiveShards } from '../../core/reading/live-shards.ts'
import { openShards } from '../../core/reading/open-sources.ts'
import { type OpenedSegment, RecentSegments } from '../../core/reading/recent-segments.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import type { SegmentEntry } from '../../core/segment/format/segment-entry.ts'
import type { SegmentReader } from '../../core/segment/read/segment-reader.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { firstManifest, type Manifest } from '../../core/version/manifest.ts'
import { ManualClock } from '../faults/manual-clock.ts'

const MEGABYTE = 1024 * 1024

test('the segments of a version are opened once a second, those of another version at once', async () => {
  const clock = new ManualClock()
  const { search, opened } = searching(clock)
  const [first, second] = [manifestOf(['a', 'b']), manifestOf(['b', 'c'])]

  expect(await search(first)).toEqual(['a', 'b'])
  await clock.advance(999)
  expect(await search(first)).toEqual(['a', 'b'])
  expect(opened).toEqual(['a', 'b'])

  expect(await search(second)).toEqual(['b', 'c'])
  expect(opened).toEqual(['a', 'b', 'b', 'c'])

  await clock.advance(1)
  expect(await search(first)).toEqual(['a', 'b'])
  expect(opened).toEqual(['a', 'b', 'b', 'c', 'a', 'b'])
})

test('a version whose segments could not all be opened is opened again by the next who asks', async () => {
  const { search, opened } = searching(new ManualClock(), 'b')
  const manifest = manifestOf(['a', 'b'])

  expect(await search(manifest)).toEqual([])
  expect(await search(manifest)).toEqual([])
  expect(opened).toEqual(['a', 'b', 'a', 'b'])
})

test('what is held is bounded in bytes: the oldest go, and what is older than a second goes anyway', async () => {
  const clock = new ManualClock()
  const recent = new RecentSegments(clock)
  const [first, second, third, huge] = ['a', 'b', 'c', 'd'].map((name) => manifestOf([name])) as [
    Manifest,
    Manifest,
    Manifest,
    Manifest,
  ]
  const half = [segment(3.75 * MEGABYTE)]

  recent.keep(first, half)
  recent.keep(second, half)
  expect([recent.find(first), recent.find(second)]).toEqual([half, half])

  // Its footer alone would have room beside them, its tombstones have not.
  recent.keep(third, [segment(MEGABYTE / 4, new Uint32Array(MEGABYTE / 8))])
  expect([recent.find(first), recent.find(second), recent.size]).toEqual([undefined, half, 2])

  recent.keep(huge, [segment(9 * MEGABYTE)])
  expect([recent.find(huge), recent.size]).toEqual([undefined, 0])

  recent.keep(first, half)
  await clock.advance(1000)
  recent.keep(second, [segment(1)])
  expect(recent.size).toBe(1)
})

function searching(clock: ManualClock, broken?: string) {
  const opened: string[] = []
  const recent = new RecentSegments(clock)
  const store = new MemoryObjectStore(clock)
  const opening = {
    recent,
    schema: parseSchema({ fields: {} }),
    reading: { store, headsRead: () => undefined, delegated: () => Promise.reject(new Error()), cost: () => noCost() },
    openSegment: (_store: unknown, _prefix: string, { name }: SegmentEntry) => {
      opened.push(name)
      if (name === broken) return Promise.reject(new Error('damaged'))
      return { source: name, file: { footerSize: 1 } } as SegmentReader
    },
  }
  const search = async (manifest: Manifest) => {
    const live = new LiveShards(1, new Deadlines(clock), 1000)
    const snapshot = { uid: 'u', shard: 0, prefix: 'p/', version: manifest.version, manifest, knownAtMs: 0 }
    const shards = await openShards(opening, [snapshot], live)
    live.end()
    return shards.flatMap(({ sources }) => sources.map(({ reader }) => reader.source))
  }
  return { search, opened }
}

function noCost(): never {
  throw new Error('nobody asks what it costs')
}

function manifestOf(names: readonly string[]): Manifest {
  const segments = names.map((name) => ({ name, docCount: 1, tombstones: undefined }) as unknown as SegmentEntry)
  return { ...firstManifest('commit'), segments }
}

function segment(footerSize: number, deleted?: Uint32Array): OpenedSegment {
  return { reader: { file: { footerSize } } as SegmentReader, deleted }
}
