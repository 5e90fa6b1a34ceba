import { InvalidRequestError, LimitExceededError } from '../errors.ts'
import { decodeUtf8Strict, encodeUtf8, utf8ByteLength } from '../utf8.ts'
import { jsonTooLarge, measureJson } from './json-bounds.ts'
import { findJsonProblem } from './json-scanner.ts'

const NEWLINE = 0x0a
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf)

export type JsonLimits = {
  /** Maximum values in the text, counting objects and lists. Default: no limit. */
  readonly valuesMax?: number
  /** Names the text in errors. Default: `request body`. */
  readonly what?: string
}

export type NdjsonLimits = {
  /** Maximum values in all lines, counting objects and lists. Default: no limit. */
  readonly valuesMax?: number
  /** Maximum lines that are not empty. Default: no limit. */
  readonly linesMax?: number
}

/** One line of NDJSON: its value or its error. `line` counts all lines from 1. */
export type JsonLine =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly error: InvalidRequestError }

/**
 * Parses JSON (RFC 8259) at about the speed of `JSON.parse`. If several members have the same name, the last one
 * counts. `__proto__` is an ordinary name. A byte order mark at the start is ignored.
 *
 * Refuses numbers that parsing would change: those that overflow a double, and integers beyond 2^53. Checks the limits
 * before it creates any value.
 *
 * @throws {InvalidRequestError} `bad_utf8` with `offset`; `bad_json` with `line`, `column` and byte `offset`;
 *   `json_too_deep` above {@link JSON_DEPTH_MAX}
 * @throws {LimitExceededError} `json_too_large` above `valuesMax` values, or {@link JSON_MEMBERS_MAX} members of an
 * object
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = {}): unknown {
  return parseMeasured(bytes, limits).value
}

/** Like {@link parseJson}, for a string. */
export function parseJsonText(text: string, what: string): unknown {
  return parseJson(encodeUtf8(text), { what })
}

/**
 * Parses JSON values, one per line. Empty lines are skipped. An invalid line does not affect the others.
 *
 * @throws {LimitExceededError} `batch_too_large` above `linesMax`; `json_too_large` above `valuesMax`, or for an object
 *   with too many members
 */
export function parseNdjson(bytes: Uint8Array, limits: NdjsonLimits = {}): JsonLine[] {
  const { valuesMax = Number.POSITIVE_INFINITY, linesMax = Number.POSITIVE_INFINITY } = limits
  const lines: JsonLine[] = []
  let values = 0
  let line = 1
  let lineStart = hasByteOrderMark(bytes) ? BYTE_ORDER_MARK.length : 0
  for (let at = lineStart; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === NEWLINE) {
      line++
      lineStart = at + 1
    }
    if (isWhiteSpace(byte)) continue
    if (lines.length === linesMax) throw tooManyLines(linesMax)
    const newline = bytes.indexOf(NEWLINE, at)
    const end = newline === -1 ? bytes.length : newline
    const parsed = parseLine(bytes.subarray(lineStart, end), line, valuesMax)
    values += parsed.values
    if (values > valuesMax) throw jsonTooLarge('request body', valuesMax, 'values')
    lines.push(parsed.line)
    at = end - 1
  }
  return lines
}

function parseLine(bytes: Uint8Array, line: number, valuesMax: number): { line: JsonLine; values: number } {
  try {
    const { value, values } = parseMeasured(bytes, { what: `line ${line}`, valuesMax })
    return { line: { line, value }, values }
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error
    return { line: { line, error }, values: 1 }
  }
}

function parseMeasured(
  bytes: Uint8Array,
  { what = 'request body', valuesMax = Number.POSITIVE_INFINITY }: JsonLimits,
): { readonly value: unknown; readonly values: number } {
  const { values, hasLongNumber } = measureJson(bytes, what, valuesMax)
  const text = decodeUtf8Strict(hasByteOrderMark(bytes) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes, what)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw badJson(text, what, cause)
  }
  if (hasLongNumber && findJsonProblem(text) !== undefined) throw badJson(text, what)
  return { value, values }
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte)
}

function isWhiteSpace(byte: number): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09
}

function badJson(text: string, what: string, cause?: unknown): InvalidRequestError {
  const { offset, message } = findJsonProblem(text) ?? { offset: text.length, message: 'not JSON' }
  const before = text.slice(0, offset)
  let line = 1
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line++
  const column = offset - before.lastIndexOf('\n')
  const where = text.includes('\n') ? `line ${line}, column ${column}` : `column ${column}`
  return new InvalidRequestError('bad_json', `${what} is not valid JSON at ${where}: ${message}`, {
    details: { line, column, offset: utf8ByteLength(before) },
    cause,
  })
}

function tooManyLines(maximum: number): LimitExceededError {
  return new LimitExceededError('batch_too_large', `a batch may have at most ${maximum} lines`, {
    details: { limit: 'lines', maximum },
  })
}
