import type { ByteWriter } from '../../bytes/byte-writer.ts'
import { CHECKSUM_SIZE } from '../../bytes/checksum.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { allRead, type Plan, whenRead } from './read-plan.ts'
import { UnitReader, unitsOfSize } from './read-units.ts'
import type { SegmentBytes } from './segment-bytes.ts'
import { type Section, SectionKind } from './segment-format.ts'
import type { SegmentWriter } from './segment-writer.ts'

/** Bytes of the hash of one value. */
export const VALUE_HASH_BYTES = 8

/** Bytes of a unit without its checksum: 512 hashes. */
const UNIT_BODY_BYTES = 512 * VALUE_HASH_BYTES

/**
 * Writes the next piece of the hashes of a keyword dictionary, in the order of ordinals: all complete units. The
 * remaining bytes stay in `hashes` for the next piece.
 *
 * @param isLast whether to write the remaining bytes too
 */
export function writeValueHashes(out: SegmentWriter, field: FieldNumber, hashes: ByteWriter, isLast: boolean): void {
  const bytes = hashes.take()
  const end = isLast ? bytes.length : bytes.length - (bytes.length % UNIT_BODY_BYTES)
  hashes.append(bytes.subarray(end))
  if (end === 0) return
  out.beginSection({ kind: SectionKind.valueHashes, field })
  for (let at = 0; at < end; at += UNIT_BODY_BYTES)
    out.appendUnit(bytes.subarray(at, Math.min(end, at + UNIT_BODY_BYTES)))
  out.endSection(new Uint8Array(0))
}

/** Reads the hashes of all values of a dictionary, {@link VALUE_HASH_BYTES} each, from its pieces in file order. One round. */
export function readValueHashes(file: SegmentBytes, pieces: readonly Section[]): Plan<Uint8Array> {
  const reads = pieces.map((piece) => {
    const units = unitsOfSize(`value hashes of field ${piece.field}`, piece, UNIT_BODY_BYTES + CHECKSUM_SIZE)
    const reader = new UnitReader(file, units, { decode: (body) => body, memoryFactor: 1 })
    return reader.read(Array.from({ length: units.count }, (_, unit) => unit))
  })
  return whenRead(allRead(reads), (bodies) => Buffer.concat(bodies.flat()))
}
