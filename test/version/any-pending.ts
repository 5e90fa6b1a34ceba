import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { newObjectName } from '../../core/version/object-names.ts'
import type { PendingEntry } from '../../core/version/pending.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { anyFiles } from './any-files.ts'

/** A pending write of up to eight documents, in a slot. */
export function anyEntry(seed: number, slot: number): PendingEntry {
  const random = seededRandom(seed)
  const below = (max: number) => Math.floor(random.number() * max)
  const ids = Array.from({ length: 1 + below(8) }, (_, i) => `${i}-ü-${below(1000)}`)
  const isPut = ids.map(() => below(2) === 0)
  const docCount = isPut.filter(Boolean).length
  const file = docCount > 0 ? { ...anyFile(seed), docCount } : undefined
  return { id: random.name(), slot, base: 1 + below(5), ids, isPut, file }
}

/** A written segment of one document that no manifest names yet. */
export function anyFile(seed: number): SegmentFile {
  const random = seededRandom(seed)
  const below = (max: number) => Math.floor(random.number() * max)
  return {
    name: newObjectName(below(10_000), random),
    schemaVersion: 1 + below(9),
    docCount: 1,
    byteSize: 3000 + below(1000),
    footerSize: below(3000),
    footerCrc: below(2 ** 32),
    checksum: Uint8Array.from({ length: 16 }, () => below(256)),
    fieldTotals: Array.from({ length: 5 }, (_, field) => ({ field, docCount: 1, tokenCount: 1 + below(200) })),
    analyzerVersion: 1,
    ...anyFiles(seed),
  }
}
