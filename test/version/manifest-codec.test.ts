import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CorruptDataError } from '../../core/errors.ts'
import {
  branchManifest,
  firstManifest,
  type Manifest,
  nextManifest,
  originsOf,
  totalsOf,
} from '../../core/version/manifest.ts'
import { decodeManifest, encodeManifest, MANIFEST_FORMAT_VERSION } from '../../core/version/manifest-codec.ts'
import { RecordWriter } from '../../core/version/record-codec.ts'
import { anyManifest } from './any-manifest.ts'

const seeds = fc.nat(2 ** 31 - 1)

test('decoding gives what was encoded', () => {
  fc.assert(
    fc.property(seeds, fc.nat(40), (seed, segmentCount) => {
      const manifest = anyManifest(seed, segmentCount)
      expect(decodeManifest(encodeManifest(manifest), 'it')).toEqual(manifest)
    }),
  )
})

test('a manifest that shares objects of other shards keeps their prefixes', () => {
  fc.assert(
    fc.property(seeds, fc.nat(20), fc.nat(20), (seed, sharedCount, ownCount) => {
      const first = branchManifest('branch', anyManifest(seed, sharedCount), place('c/parent/s/3/'))
      const second = branchManifest('branch-of-it', first, place('c/branch/s/3/'))
      const { segments: own } = anyManifest(seed + 2, ownCount)
      const mixed = nextManifest(second, 'c2', { schemaVersion: 3, segments: [...second.segments, ...own] })
      const folding = { ...mixed, folded: anyManifest(2 * seed + 1, 1).folded }

      for (const manifest of [first, second, mixed, folding]) {
        expect(decodeManifest(encodeManifest(manifest), 'it')).toEqual(manifest)
        expect([...originsOf(manifest)]).toEqual(sharedCount > 0 ? ['c/parent/s/3/'] : [])
      }
    }),
  )
})

test('a manifest that shares objects of other shards requires newer writers', () => {
  const own = anyManifest(2, 3)
  const branch = branchManifest('branch', own, place('c/parent/s/0/'))
  const standsAlone = nextManifest(branch, 'c2', { schemaVersion: 3, segments: own.segments })

  expect([own, branch, standsAlone].map(({ writerVersionMin }) => writerVersionMin)).toEqual([1, 2, 2])
  expect(branchManifest('branch', firstManifest('c1'), place('c/parent/s/0/')).writerVersionMin).toBe(1)
})

test('damaged and shortened manifests are refused', () => {
  for (const manifest of [anyManifest(7, 3), branchManifest('branch', anyManifest(7, 3), place('c/parent/s/0/'))]) {
    const bytes = encodeManifest(manifest)
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice()
      damaged[at]! ^= 1 + (at % 255)
      expect(() => decodeManifest(damaged, 'it'), `byte ${at}`).toThrow(CorruptDataError)
      expect(() => decodeManifest(bytes.slice(0, at), 'it'), `${at} bytes`).toThrow(CorruptDataError)
    }
  }
})

test('another format version is refused, and the error names both versions', () => {
  const other = new RecordWriter()
  other.raw(Uint8Array.of(0x50, 0x4d))
  other.number(MANIFEST_FORMAT_VERSION + 1)
  expect(() => decodeManifest(other.finish(), 'it')).toThrow(
    `format version ${MANIFEST_FORMAT_VERSION + 1}, expected ${MANIFEST_FORMAT_VERSION}`,
  )
})

test('two dozen segments with five text fields fit in a head', () => {
  const manifest = anyManifest(2, 24)

  const segments = manifest.segments.map((entry) => ({ ...entry, files: [], shared: [], ranges: [] }))
  expect(encodeManifest({ ...manifest, segments }).length).toBeLessThan(3400)
})

test('a checksum that is not the sum of the segments is refused', () => {
  const manifest = anyManifest(3, 2)

  const bytes = encodeManifest({ ...manifest, checksum: new Uint8Array(16) })

  expect(() => decodeManifest(bytes, 'manifest of books')).toThrow(
    /manifest of books holds a checksum that is not the sum of its segments/,
  )
})

test('a manifest reaches every older version in a logarithmic number of steps', () => {
  const versions: Manifest[] = [firstManifest('c1')]
  while (versions.length < 1000) versions.push(nextManifest(versions.at(-1)!, `c${versions.length + 1}`, EMPTY))
  const newest = versions.at(-1)!

  for (let target = 1; target < 1000; target++) {
    let steps = 0
    for (let at = newest; at.version > target; steps++) {
      const next = at.predecessors.findLast(({ version }) => version >= target)!
      expect(next.commitId).toBe(`c${next.version}`)
      at = versions[next.version - 1]!
    }
    expect(steps).toBeLessThanOrEqual(20)
  }
  expect(newest.predecessors.length).toBeLessThanOrEqual(10)
})

test('totals count the live documents', () => {
  const manifest = anyManifest(5, 4)

  const totals = totalsOf(manifest)

  const live = manifest.segments.map(({ docCount, deletedCount }) => docCount - deletedCount)
  expect(totals.docCount).toBe(live.reduce((sum, count) => sum + count, 0))
  expect(totals.fieldTotals.map(({ field }) => field)).toEqual([0, 2, 4, 6, 8])
})

const place = (prefix: string) => ({ prefix, previous: undefined })

const EMPTY = { schemaVersion: 1, segments: [] }
