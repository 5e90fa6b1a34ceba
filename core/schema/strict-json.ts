import { isUtf8 } from 'node:buffer'
import { InvalidRequestError } from '../errors.ts'
import { decodeUtf8Strict, utf8ByteLength } from '../utf8.ts'
import { findJsonProblem } from './json-scanner.ts'

/** Objects and arrays in one another in any request; what is checked later is checked by recursion. */
export const JSON_DEPTH_MAX = 100

/** Matches wherever a number might not fit a double; and in many strings too. */
const SUSPICIOUS = /\d{16}|\d[eE]\+?\d{3}/

/** One line of NDJSON: its value, or why it has none. `line` counts all lines from 1. */
export type JsonLine =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly error: InvalidRequestError }

/**
 * Parses JSON as RFC 8259 says, at about the speed of `JSON.parse`. Of members of
 * one name the last counts; `__proto__` is a name like any other. A leading byte
 * order mark is passed over.
 *
 * Numbers that would not survive are refused: those that overflow a double, and integers
 * beyond 2^53.
 *
 * @param what names the text in errors, such as `request body`
 * @throws {InvalidRequestError} `bad_utf8` with `offset`; `bad_json` with `line`, `column` and byte `offset`;
 *   `json_too_deep` above {@link JSON_DEPTH_MAX}
 */
export function parseJson(bytes: Uint8Array, what = 'request body'): unknown {
  return parseJsonText(decodeUtf8Strict(bytes, what), what)
}

/** As {@link parseJson}, from a string. */
export function parseJsonText(text: string, what = 'request body'): unknown {
  return parseText(text, what, SUSPICIOUS.test(text))
}

/**
 * Parses JSON values that stand on lines of their own. Empty lines do not count;
 * a bad line costs only itself.
 */
export function parseNdjson(bytes: Uint8Array): JsonLine[] {
  const lines: JsonLine[] = []
  let line = 0
  if (isUtf8(bytes)) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
    const suspicious = SUSPICIOUS.test(text)
    for (const part of text.split('\n')) parseLine(part, ++line, suspicious, lines)
    return lines
  }
  for (let start = 0; start <= bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline === -1 ? bytes.length : newline
    parseLine(bytes.subarray(start, end), ++line, true, lines)
    start = end + 1
  }
  return lines
}

function parseLine(text: string | Uint8Array, line: number, suspicious: boolean, into: JsonLine[]): void {
  try {
    const decoded = typeof text === 'string' ? text : decodeUtf8Strict(text, `line ${line}`)
    if (/^\s*$/.test(decoded)) return
    into.push({ line, value: parseText(decoded, `line ${line}`, suspicious) })
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error
    into.push({ line, error })
  }
}

function parseText(text: string, what: string, suspicious: boolean): unknown {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw badJson(json, what, cause)
  }
  if (suspicious && findJsonProblem(json) !== undefined) throw badJson(json, what)
  if (isDeeper(value, JSON_DEPTH_MAX)) {
    throw new InvalidRequestError('json_too_deep', `${what}: values are nested more than ${JSON_DEPTH_MAX} deep`, {
      details: { limit: JSON_DEPTH_MAX },
    })
  }
  return value
}

function badJson(text: string, what: string, cause?: unknown): InvalidRequestError {
  const { offset, message } = findJsonProblem(text) ?? { offset: text.length, message: 'not JSON' }
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  const column = offset - before.lastIndexOf('\n')
  return new InvalidRequestError(
    'bad_json',
    `${what} is not valid JSON: ${message} at line ${line}, column ${column}`,
    {
      details: { line, column, offset: utf8ByteLength(before) },
      cause,
    },
  )
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  if (Array.isArray(value)) return value.some((element) => typeof element === 'object' && isDeeper(element, levels - 1))
  for (const member in value) {
    const inner = (value as Record<string, unknown>)[member]
    if (typeof inner === 'object' && isDeeper(inner, levels - 1)) return true
  }
  return false
}
