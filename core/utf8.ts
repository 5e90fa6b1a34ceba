import { isUtf8 } from 'node:buffer'
import { InvalidRequestError } from './errors.ts'

/**
 * Compares two strings by their UTF-8 bytes, which is the order of their code
 * points. Ids, terms and ties need this order. JavaScript's `<` compares UTF-16 units and so
 * puts U+FF5E after U+1F600.
 *
 * A lone surrogate counts as U+FFFD, which {@link encodeUtf8} writes for it.
 *
 * @returns negative, 0 or positive
 */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0
  const shorter = Math.min(a.length, b.length)
  let i = 0
  while (i < shorter && a.charCodeAt(i) === b.charCodeAt(i)) i++
  const unitA = i < a.length ? a.charCodeAt(i) : -1
  const unitB = i < b.length ? b.charCodeAt(i) : -1
  if (isSurrogate(unitA) || isSurrogate(unitB)) return compareCodePoints(a, b, i)
  // A high surrogate just before, in both strings, is U+FFFD in both, because no low surrogate follows it.
  return unitA - unitB
}

/** Number of bytes of {@link encodeUtf8}. */
export function utf8ByteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

/** Whether a string has at most `bytesMax` bytes in UTF-8. A UTF-16 unit takes at most three bytes, so most strings need no counting. */
export function hasBytesUpTo(bytesMax: number, text: string): boolean {
  return text.length * 3 <= bytesMax || utf8ByteLength(text) <= bytesMax
}

/** Whether a string has a lone surrogate, which UTF-8 cannot represent: {@link encodeUtf8} writes U+FFFD for it. */
export function hasLoneSurrogate(text: string): boolean {
  return LONE_SURROGATE.test(text)
}

const LONE_SURROGATE = /\p{Surrogate}/u

/** Encodes a string; a lone surrogate becomes U+FFFD. The bytes have their own ArrayBuffer. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Buffer.byteLength(text, 'utf8'))
  Buffer.from(bytes.buffer).write(text, 'utf8')
  return bytes
}

/**
 * Decodes bytes that must be UTF-8; keeps a byte order mark.
 *
 * @param what names the bytes in the error, such as `request body`
 * @throws {InvalidRequestError} `bad_utf8`, naming the position of the first invalid byte
 */
export function decodeUtf8Strict(bytes: Uint8Array, what = 'input'): string {
  if (!isUtf8(bytes)) {
    const offset = findBadUtf8(bytes)
    throw new InvalidRequestError('bad_utf8', `${what} is not valid UTF-8 at byte ${offset}`, { details: { offset } })
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

/** Compares from the code point boundary at or before `start`. Before `start` both strings have the same units. */
function compareCodePoints(a: string, b: string, start: number): number {
  const before = start > 0 ? a.charCodeAt(start - 1) : 0
  let i = before >= 0xd800 && before <= 0xdbff ? start - 1 : start
  let j = i
  while (i < a.length && j < b.length) {
    const pointA = a.codePointAt(i)!
    const pointB = b.codePointAt(j)!
    const scalarA = isSurrogate(pointA) ? 0xfffd : pointA
    const scalarB = isSurrogate(pointB) ? 0xfffd : pointB
    if (scalarA !== scalarB) return scalarA - scalarB
    i += pointA > 0xffff ? 2 : 1
    j += pointB > 0xffff ? 2 : 1
  }
  return Number(i < a.length) - Number(j < b.length)
}

/** Offset of the first sequence that is not UTF-8 (RFC 3629: no surrogates, shortest form). */
function findBadUtf8(bytes: Uint8Array): number {
  let i = 0
  while (i < bytes.length) {
    const lead = bytes[i]!
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    if (length === 0 || !isUtf8(bytes.subarray(i, i + length))) return i
    i += length
  }
  return i
}
