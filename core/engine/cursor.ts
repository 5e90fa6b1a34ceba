import { Buffer } from 'node:buffer'
import { InvalidRequestError } from '../errors.ts'
import { quote } from '../quote.ts'
import { decodeUtf8Strict, encodeUtf8 } from '../utf8.ts'

/** The first byte of a listing's cursor. Other kinds and layouts of cursors have other first bytes. */
const LISTING = 1

/** Encodes the place after a document of a listing in id order. Opaque to clients. */
export function encodeListingCursor(lastId: string): string {
  return Buffer.concat([Uint8Array.of(LISTING), encodeUtf8(lastId)]).toString('base64url')
}

/** @throws {InvalidRequestError} `invalid_cursor` for a cursor that {@link encodeListingCursor} did not write */
export function decodeListingCursor(cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url')
  const isListing = bytes[0] === LISTING && bytes.toString('base64url') === cursor
  if (!isListing) {
    const message = `cursor: expected the cursor of an earlier answer, got ${quote(cursor)}`
    throw new InvalidRequestError('invalid_cursor', message)
  }
  return decodeUtf8Strict(bytes.subarray(1))
}
