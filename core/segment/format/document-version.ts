import { Buffer } from 'node:buffer'
import { InvalidRequestError } from '../../errors.ts'
import { quote } from '../../quote.ts'
import { DocumentHasher, HASH_BYTES } from './document-hash.ts'

/** Characters of a version: base64url of a document's hash. */
const VERSION_PATTERN = /^[A-Za-z0-9_-]{22}$/

const hasher = new DocumentHasher()

/**
 * Names what a document holds: its hash, as every segment keeps it. Nothing but the document
 * decides it, so it outlives compaction and costs nothing to keep; equal documents have
 * equal versions, whatever they were in between.
 *
 * @param json the document as it is stored
 */
export function versionOf(id: string, json: Uint8Array): string {
  const hash = new Uint8Array(HASH_BYTES)
  hasher.hashInto({ id, json }, hash, 0)
  return versionOfHash(hash)
}

/** @param hashes several, one after another; `at` says which */
export function versionOfHash(hashes: Uint8Array, at = 0): string {
  return Buffer.from(hashes.buffer, hashes.byteOffset + at * HASH_BYTES, HASH_BYTES).toString('base64url')
}

/** @throws {InvalidRequestError} 'invalid_version' for what no document can have as its version */
export function checkVersion(text: string): string {
  if (VERSION_PATTERN.test(text)) return text
  const found = quote(text)
  throw new InvalidRequestError('invalid_version', `expected a version as an answer gave it, found ${found}`)
}
