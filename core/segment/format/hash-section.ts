import { corrupt } from '../../bytes/checksum.ts'
import type { DocId } from '../../postings/posting-list.ts'
import { HASH_BYTES } from './document-hash.ts'
import { type Plan, whenRead } from './read-plan.ts'
import { UnitReader, unitsOfSize } from './read-units.ts'
import type { SegmentBytes } from './segment-bytes.ts'
import { NO_FIELD, type Section, SectionKind } from './segment-format.ts'
import type { SegmentWriter } from './segment-writer.ts'

/** Hashes in a unit. */
const UNIT_DOCS = 256
const UNIT_BYTES = UNIT_DOCS * HASH_BYTES + 4

/** Writes the hashes of all documents as a section; `hashes` holds them one after another in docId order. */
export function writeHashSection(out: SegmentWriter, hashes: Uint8Array): void {
  out.beginSection({ kind: SectionKind.hashes, field: NO_FIELD })
  for (let at = 0; at < hashes.length; at += UNIT_DOCS * HASH_BYTES) {
    out.appendUnit(hashes.subarray(at, at + UNIT_DOCS * HASH_BYTES))
  }
  out.endSection(new Uint8Array(0))
}

/** Reads a segment's document hashes. */
export class HashSection {
  readonly #units: UnitReader<Uint8Array>

  /** @throws {CorruptDataError} if the section's length does not fit `docCount` hashes */
  constructor(file: SegmentBytes, section: Section, docCount: number) {
    const expected = docCount * HASH_BYTES + Math.ceil(docCount / UNIT_DOCS) * 4
    if (section.end - section.start !== expected) {
      throw corrupt(`${file.source}: hashes`, `take ${section.end - section.start} bytes, expected ${expected}`)
    }
    const units = unitsOfSize('hashes', section, UNIT_BYTES)
    this.#units = new UnitReader(file, units, { decode: (body) => body, memoryFactor: 1 })
  }

  /** Reads {@link HASH_BYTES} per document, in the order of `docIds`. One round. */
  read(docIds: ArrayLike<DocId>): Plan<Uint8Array> {
    const wanted = Uint32Array.from(new Set(Array.from(docIds, unitOf))).sort()
    return whenRead(this.#units.read(wanted), (units) => {
      const byNumber = new Map(units.map((unit, i) => [wanted[i]!, unit]))
      const hashes = new Uint8Array(docIds.length * HASH_BYTES)
      for (let i = 0; i < docIds.length; i++) {
        const at = (docIds[i]! % UNIT_DOCS) * HASH_BYTES
        hashes.set(byNumber.get(unitOf(docIds[i]!))!.subarray(at, at + HASH_BYTES), i * HASH_BYTES)
      }
      return hashes
    })
  }
}

function unitOf(docId: DocId): number {
  return Math.floor(docId / UNIT_DOCS)
}
