import { InvalidRequestError, LimitExceededError } from '../errors.ts'

/** Maximum nesting of objects and lists in a request. */
export const JSON_DEPTH_MAX = 100
/** Maximum members of one object in a request. */
export const JSON_MEMBERS_MAX = 65_536

const SPACE = 0x20
const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const BACKSLASH = 0x5c
const LIST_START = 0x5b
const LIST_END = 0x5d
const OBJECT_START = 0x7b
const OBJECT_END = 0x7d
const UPPER_E = 0x45
const LOWER_E = 0x65

/** So far below 0 that the values of a list never reach the limit of members. */
const NOT_COUNTED = -0x8000_0000

/** With so many digits in an integer or an exponent, a number may not fit a double. */
const LONG_DIGITS = 16
const LONG_EXPONENT_DIGITS = 3

export type JsonSize = {
  /** Number of values in the text, counting objects and lists. Correct only if the text is JSON. */
  readonly values: number
  /** Whether a number in the text may not fit a double. */
  readonly hasLongNumber: boolean
}

/**
 * Measures a JSON text before it is parsed, so no request creates more values than its route allows. Reads every byte
 * once. A text that is not JSON passes unless it exceeds a limit before its error.
 *
 * @param what names the text in errors
 * @param valuesMax maximum number of values in the text
 * @throws {LimitExceededError} `json_too_large` for too many values, or too many members of one object
 * @throws {InvalidRequestError} `json_too_deep` above {@link JSON_DEPTH_MAX}
 */
export function measureJson(bytes: Uint8Array, what: string, valuesMax: number): JsonSize {
  const { length } = bytes
  /** By depth: the members of the open object so far. A list has no limit of its own. */
  const members = new Int32Array(JSON_DEPTH_MAX + 1)
  let depth = 0
  let values = 1
  let hasLongNumber = false
  let isFirst = false
  for (let i = 0; i < length; ) {
    const byte = bytes[i++]!
    if (byte <= SPACE) continue
    const isClosing = byte === OBJECT_END || byte === LIST_END
    if (byte === COMMA || (isFirst && !isClosing)) {
      if (++values > valuesMax) throw jsonTooLarge(what, valuesMax, 'values')
      if (++members[depth]! > JSON_MEMBERS_MAX) throw jsonTooLarge(what, JSON_MEMBERS_MAX, 'members in one object')
    }
    isFirst = byte === OBJECT_START || byte === LIST_START
    if (byte === QUOTE) i = endOfString(bytes, i)
    else if (isFirst) {
      if (++depth > JSON_DEPTH_MAX) throw tooDeep(what)
      members[depth] = byte === OBJECT_START ? 0 : NOT_COUNTED
    } else if (isClosing) {
      if (depth > 0) depth--
    } else if (isDigit(byte)) {
      const end = endOfDigits(bytes, i)
      if (end - i + 1 >= LONG_DIGITS) hasLongNumber = true
      i = end
    } else if (byte === LOWER_E || byte === UPPER_E) {
      const start = bytes[i] === PLUS ? i + 1 : i
      i = endOfDigits(bytes, start)
      if (i - start >= LONG_EXPONENT_DIGITS) hasLongNumber = true
    }
  }
  return { values, hasLongNumber }
}

function endOfString(bytes: Uint8Array, at: number): number {
  let i = at
  while (i < bytes.length) {
    const byte = bytes[i++]!
    if (byte === QUOTE) break
    if (byte === BACKSLASH) i++
  }
  return i
}

function endOfDigits(bytes: Uint8Array, at: number): number {
  let i = at
  while (i < bytes.length && isDigit(bytes[i]!)) i++
  return i
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** @param of what exceeds the maximum, such as `values` */
export function jsonTooLarge(what: string, maximum: number, of: string): LimitExceededError {
  return new LimitExceededError('json_too_large', `${what} may have at most ${maximum} ${of}`, {
    details: { limit: of, maximum },
  })
}

function tooDeep(what: string): InvalidRequestError {
  return new InvalidRequestError('json_too_deep', `${what}: values are nested more than ${JSON_DEPTH_MAX} deep`, {
    details: { limit: JSON_DEPTH_MAX },
  })
}
