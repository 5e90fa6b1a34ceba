import { crc32 } from 'node:zlib'
import { hexOfWord } from '../bytes/hex.ts'
import { CorruptDataError } from '../errors.ts'
import { isRecord, type JsonRecord } from '../json-record.ts'
import { encodeUtf8 } from '../utf8.ts'

/** Bytes of a line feed, eight digits and a line feed. */
const TAIL_BYTES = 10

/** Encodes a value as a line of JSON, followed by a line with the CRC-32 of the object's key and the JSON. */
export function encodeCheckedJson(key: string, value: JsonRecord): Uint8Array {
  const json = JSON.stringify(value)
  return encodeUtf8(json + tailOf(key, encodeUtf8(json)))
}

/**
 * Decodes the result of {@link encodeCheckedJson} for the same key.
 *
 * @throws {CorruptDataError} `corrupt_record`, which names the key, if the bytes are damaged
 */
export function decodeCheckedJson(bytes: Uint8Array, key: string): JsonRecord {
  const json = bytes.subarray(0, Math.max(0, bytes.length - TAIL_BYTES))
  if (Buffer.compare(bytes.subarray(json.length), encodeUtf8(tailOf(key, json))) !== 0)
    throw new CorruptDataError('corrupt_record', `${key} does not match its checksum`)
  const value: unknown = JSON.parse(new TextDecoder().decode(json))
  if (isRecord(value)) return value
  throw new CorruptDataError('corrupt_record', `${key} is not a JSON object`)
}

function tailOf(key: string, json: Uint8Array): string {
  return `\n${hexOfWord(crc32(json, crc32(key)))}\n`
}
