import type { FieldTotals, SegmentEntry } from '../../core/segment/format/segment-entry.ts'
import { firstManifest, type Manifest, nextManifest } from '../../core/version/manifest.ts'
import { newObjectName } from '../../core/version/object-names.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { anyFiles } from './any-files.ts'

const EMPTY = { schemaVersion: 1, segments: [] }

/** About a quarter of the segments have tombstones, in few objects, as after some updates. */
export function anyManifest(seed: number, segmentCount: number): Manifest {
  const random = seededRandom(seed)
  const below = (max: number) => Math.floor(random.number() * max)
  const objects = [1, 2, 3].map(() => `tombs/${newObjectName(below(10_000), random)}`)
  const checksum = () => Uint8Array.from({ length: 16 }, () => below(256))
  const segments = Array.from({ length: segmentCount }, (): SegmentEntry => {
    const docCount = 2 + below(100_000)
    const fieldTotals: FieldTotals[] = Array.from({ length: 5 }, (_, field) => ({
      field: field * 2,
      docCount,
      tokenCount: docCount * (1 + below(200)),
    }))
    const file = {
      name: newObjectName(below(10_000), random),
      schemaVersion: 1 + below(9),
      docCount,
      byteSize: 20_000 + below(100_000_000),
      footerSize: below(20_000),
      footerCrc: below(2 ** 32),
      checksum: checksum(),
      fieldTotals,
      analyzerVersion: below(3),
      ...anyFiles(seed + docCount),
    }
    if (random.number() < 0.75) {
      return {
        ...file,
        deletedCount: 0,
        tombstones: undefined,
        liveFieldTotals: fieldTotals,
        liveChecksum: file.checksum,
      }
    }
    const start = below(10_000)
    return {
      ...file,
      deletedCount: 1 + below(docCount - 1),
      tombstones: { object: objects[below(3)]!, start, end: start + 1 + below(100), crc: below(2 ** 32) },
      liveFieldTotals: fieldTotals.map((totals, i) => (i === 0 ? { ...totals, docCount: 1, tokenCount: 1 } : totals)),
      liveChecksum: checksum(),
    }
  })
  const base = { ...firstManifest(random.name()), version: 1 + below(1000) }
  const folded = Array.from({ length: seed % 2 === 0 ? 0 : 1 + below(100) }, () => ({
    id: random.name(),
    present: Array.from({ length: below(5) }, (_, i) => i * (1 + below(100))),
  }))
  return nextManifest(nextManifest(base, random.name(), EMPTY), random.name(), { schemaVersion: 3, segments, folded })
}
