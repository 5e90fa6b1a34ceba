import type { ByteWriter } from '../../bytes/byte-writer.ts'
import type { VarintReader } from '../../bytes/varint-reader.ts'
import type { Zone } from '../../columns/column.ts'

/** Encodings of a zone's bounds. */
const WHOLE = 1
const WHOLE_FROM_NEGATIVE = 2
const DOUBLES = 3
const BIGINTS = 4

/** Writes a zone: whole numbers as varints (3 bytes for years, 9 for dates), others as 2 × 8 bytes. */
export function writeZone(out: ByteWriter, { min, max }: Zone): void {
  if (typeof min === 'bigint' || typeof max === 'bigint') {
    out.byte(BIGINTS)
    const bytes = new DataView(new ArrayBuffer(16))
    bytes.setBigInt64(0, BigInt(min), true)
    bytes.setBigInt64(8, BigInt(max), true)
    out.append(new Uint8Array(bytes.buffer))
  } else if (isWhole(min) && isWhole(max) && max - min <= Number.MAX_SAFE_INTEGER) {
    out.byte(min < 0 ? WHOLE_FROM_NEGATIVE : WHOLE)
    out.varint(Math.abs(min))
    out.varint(max - min)
  } else {
    out.byte(DOUBLES)
    const bytes = new DataView(new ArrayBuffer(16))
    bytes.setFloat64(0, min, true)
    bytes.setFloat64(8, max, true)
    out.append(new Uint8Array(bytes.buffer))
  }
}

/** Reads what {@link writeZone} wrote. The bounds are NaN if the encoding is unknown or the bytes end too early. */
export function readZone(reader: VarintReader): Zone {
  const encoding = reader.next()
  if (encoding === WHOLE || encoding === WHOLE_FROM_NEGATIVE) {
    const size = reader.next()
    const min = encoding === WHOLE ? size : -size
    return { min, max: min + reader.next() }
  }
  const { bytes, at } = reader
  reader.at += 16
  if (reader.overran || (encoding !== DOUBLES && encoding !== BIGINTS)) return { min: Number.NaN, max: Number.NaN }
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 16)
  if (encoding === DOUBLES) return { min: view.getFloat64(0, true), max: view.getFloat64(8, true) }
  return { min: view.getBigInt64(0, true), max: view.getBigInt64(8, true) }
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}
