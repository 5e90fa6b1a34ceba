import { Packr } from 'msgpackr'

// Without msgpackr's own record extension, so that any reader of MessagePack can make sense of it.
// Numbers come back as numbers and bigints as bigints, whatever their size.
const packr = new Packr({ useRecords: false, variableMapSize: true, mapsAsObjects: true, int64AsType: 'bigint' })

/** Writes plain values: maps with string keys, lists, strings, numbers, bigints of 64 bits, booleans, bytes, null, undefined. */
export function encodeMessagePack(value: unknown): Uint8Array {
  return packr.pack(value)
}

/**
 * Reads what {@link encodeMessagePack} wrote. Bytes are views of `bytes`, which must not change afterwards.
 *
 * @throws {Error} for anything else
 */
export function decodeMessagePack(bytes: Uint8Array): unknown {
  return packr.unpack(bytes)
}
