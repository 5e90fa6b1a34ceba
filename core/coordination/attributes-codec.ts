import { CorruptDataError } from '../errors.ts'
import { decodeMessagePack, encodeMessagePack } from '../message-pack.ts'
import type { Attributes, AttributeValue } from './coordination.ts'

/** Writes a row's attributes as one MessagePack map. */
export function encodeAttributes(attributes: Attributes): Uint8Array {
  return encodeMessagePack(attributes)
}

/**
 * Reads what {@link encodeAttributes} wrote. Byte values are copies, so `bytes` may change afterwards.
 *
 * @param what names the row in the error
 * @throws {CorruptDataError} `corrupt_row`
 */
export function decodeAttributes(bytes: Uint8Array, what: string): Attributes {
  let decoded: unknown
  try {
    decoded = decodeMessagePack(bytes)
  } catch (error) {
    throw new CorruptDataError('corrupt_row', `${what} is not MessagePack: ${String(error)}`, { cause: error })
  }
  if (typeof decoded !== 'object' || decoded === null || Array.isArray(decoded) || decoded instanceof Uint8Array) {
    throw new CorruptDataError('corrupt_row', `${what} is not a map of attributes`)
  }
  return plainValue(decoded as Attributes) as Attributes
}

/** Decoded bytes are Buffers over the input; ours are Uint8Arrays with memory of their own. */
function plainValue(value: AttributeValue): AttributeValue {
  if (typeof value !== 'object') return value
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(plainValue)
  const plain: Record<string, AttributeValue> = {}
  for (const [name, item] of Object.entries(value)) plain[name] = plainValue(item as AttributeValue)
  return plain
}
