import { crc32 } from 'node:zlib'
import { CorruptDataError } from '../errors.ts'
import type { ByteWriter } from './byte-writer.ts'
import { hexOfWord } from './hex.ts'

export const CHECKSUM_SIZE = 4

/** Appends the CRC-32 (IEEE 802.3, as in zlib) of the content of `writer` from `start` on, little-endian. */
export function appendChecksum(writer: ByteWriter, start: number): void {
  writer.word(crc32(writer.bytes.subarray(start, writer.length)))
}

/**
 * Verifies bytes that end in their own CRC-32.
 *
 * @returns a view of the bytes without the checksum
 * @throws {CorruptDataError} if the checksum does not match; `source` names the file and its part
 */
export function withoutChecksum(bytes: Uint8Array, source: string): Uint8Array {
  const end = bytes.length - CHECKSUM_SIZE
  if (end < 0) throw corrupt(source, `is ${bytes.length} bytes, too short for a checksum`)
  const body = bytes.subarray(0, end)
  const expected = readWord(bytes, end)
  const found = crc32(body)
  if (found !== expected) throw corrupt(source, `has crc32 ${hexOfWord(found)}, expected ${hexOfWord(expected)}`)
  return body
}

/** The error for stored bytes that violate the format; `problem` continues the sentence that `source` begins. */
export function corrupt(source: string, problem: string): CorruptDataError {
  return new CorruptDataError('corrupt_segment', `${source} ${problem}`, { details: { source } })
}

/** An unsigned little-endian word at any alignment. */
export function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
