import { Buffer } from 'node:buffer'
import { InvalidRequestError } from '../../errors.ts'
import { quote } from '../../quote.ts'
import { DocumentHasher, HASH_BYTES } from './document-hash.ts'

/** A version is the base64url of a document's hash. */
const VERSION_PATTERN = /^[A-Za-z0-9_-]{22}$/

const hasher = new DocumentHasher()

/**
 * Computes a document's version: the hash that every segment keeps of the document. The version
 * depends on the document alone, so compaction preserves it, storing it costs nothing extra, and
 * equal documents have equal versions, even if the document differed in between.
 *
 * @param json the document as stored
 */
export function versionOf(id: string, json: Uint8Array): string {
  const hash = new Uint8Array(HASH_BYTES)
  hasher.hashInto({ id, json }, hash, 0)
  return versionOfHash(hash)
}

/** The version for a hash: number `at` of those that follow one another in `hashes`. */
export function versionOfHash(hashes: Uint8Array, at = 0): string {
  return Buffer.from(hashes.buffer, hashes.byteOffset + at * HASH_BYTES, HASH_BYTES).toString('base64url')
}

/**
 * Returns `text` if a document can have it as its version.
 *
 * @throws {InvalidRequestError} `invalid_version` otherwise
 */
export function checkVersion(text: string): string {
  if (VERSION_PATTERN.test(text)) return text
  const found = quote(text)
  throw new InvalidRequestError('invalid_version', `expected a version as an answer gave it, found ${found}`)
}
