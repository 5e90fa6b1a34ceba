import { Packr } from 'msgpackr'

// Does not use msgpackr's record extension, so that any reader of MessagePack understands the bytes.
// Numbers are decoded as numbers and bigints as bigints, whatever their size.
const packr = new Packr({ useRecords: false, variableMapSize: true, mapsAsObjects: true, int64AsType: 'bigint' })

/** Encodes plain values: maps with string keys, lists, strings, numbers, 64-bit bigints, booleans, bytes, null, undefined. */
export function encodeMessagePack(value: unknown): Uint8Array {
  return packr.pack(value)
}

/**
 * Decodes the output of {@link encodeMessagePack}. Decoded bytes are views of `bytes`, which must not change afterwards.
 *
 * @throws {Error} for other bytes
 */
export function decodeMessagePack(bytes: Uint8Array): unknown {
  return packr.unpack(bytes)
}
