import type { FieldRange } from '../../core/fields/field-ranges.ts'
import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { newObjectName } from '../../core/version/object-names.ts'
import { seededRandom } from '../faults/seeded-random.ts'

/** Side files, shared files and ranges that a segment may have. */
export function anyFiles(seed: number): Pick<SegmentFile, 'files' | 'shared' | 'ranges'> {
  const random = seededRandom(seed)
  const below = (max: number) => Math.floor(random.number() * max)
  const facts = (kind: string, i: number) => {
    const byteSize = 1 + below(1e9)
    const field = below(3) === 0 ? undefined : i * 2
    return { kind, field, byteSize, footerSize: below(2) * below(byteSize), crc: below(2 ** 32) }
  }
  return {
    files: Array.from({ length: below(3) }, (_, i) => ({ ...facts('vectors', i), extension: `${i}.vec` })),
    shared: Array.from({ length: below(3) }, (_, i) => ({
      ...facts('codebook', i),
      object: `shared/${newObjectName(below(10_000), random)}`,
    })),
    ranges: Array.from({ length: below(4) }, (_, i) => ({ field: i * 3, ...ANY_ENDS[below(ANY_ENDS.length)]! })),
  }
}

const ANY_ENDS: readonly Omit<FieldRange, 'field'>[] = [
  { min: 0, max: 1, isMaxCut: false },
  { min: 1_700_000_000_000, max: 1_800_000_000_000, isMaxCut: false },
  { min: -5, max: 2 ** 53 - 1, isMaxCut: false },
  { min: -0.5, max: Number.POSITIVE_INFINITY, isMaxCut: false },
  { min: -(2n ** 63n), max: 2n ** 63n - 1n, isMaxCut: false },
  { min: '', max: 'zürich', isMaxCut: false },
  { min: 'amsterdam', max: 'sixteen bytes or', isMaxCut: true },
]
