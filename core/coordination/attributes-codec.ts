import { crc32 } from 'node:zlib'
import { CorruptDataError } from '../errors.ts'
import { decodeMessagePack, encodeMessagePack } from '../message-pack.ts'
import type { Attributes, AttributeValue } from './coordination.ts'

const CHECKSUM_BYTES = 4

/** Encodes a row's attributes as a MessagePack map, followed by the CRC-32 of the row's key and the map. */
export function encodeAttributes(attributes: Attributes, key: Uint8Array): Buffer {
  const map = encodeMessagePack(attributes)
  const row = Buffer.allocUnsafe(map.length + CHECKSUM_BYTES)
  row.set(map)
  row.writeUInt32LE(checksumOf(map, key), map.length)
  return row
}

/**
 * Decodes the result of {@link encodeAttributes} for the same key. Byte values are copies, so `row` may change afterwards.
 *
 * @param what names the row in the error
 * @throws {CorruptDataError} `corrupt_row`
 */
export function decodeAttributes(row: Uint8Array, key: Uint8Array, what: string): Attributes {
  const map = row.subarray(0, -CHECKSUM_BYTES)
  if (row.length <= CHECKSUM_BYTES || storedChecksum(row) !== checksumOf(map, key)) {
    throw damagedTable('corrupt_row', `${what} does not match its checksum`)
  }
  return plainValue(decodeMessagePack(map) as Attributes) as Attributes
}

/** The checksum at the end of an encoded row. */
export function storedChecksum(row: Uint8Array): number {
  return new DataView(row.buffer, row.byteOffset + row.length - CHECKSUM_BYTES).getUint32(0, true)
}

/** The error for a damaged table: names the damage and the remedy. */
export function damagedTable(code: string, found: string): CorruptDataError {
  const remedy = 'the table is damaged: move it away, then restore it with prism rebuild-table'
  return new CorruptDataError(code, `${found}; ${remedy}`)
}

function checksumOf(map: Uint8Array, key: Uint8Array): number {
  return crc32(map, crc32(key))
}

/** Copies decoded bytes, which are Buffers over the input, to Uint8Arrays with their own memory. */
function plainValue(value: AttributeValue): AttributeValue {
  if (typeof value !== 'object') return value
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(plainValue)
  const plain: Record<string, AttributeValue> = {}
  for (const [name, item] of Object.entries(value)) plain[name] = plainValue(item as AttributeValue)
  return plain
}
