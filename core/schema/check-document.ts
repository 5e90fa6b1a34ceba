import { describeFound } from '../describe-found.ts'
import { InvalidRequestError, LimitExceededError } from '../errors.ts'
import { quote } from '../quote.ts'
import { hasLoneSurrogate, utf8ByteLength } from '../utf8.ts'

/** Maximum size of a document, in bytes of JSON without white space. */
export const DOCUMENT_BYTES_MAX = 1_048_576

/** Maximum length of an id, in bytes of UTF-8. */
export const ID_BYTES_MAX = 512

/** Maximum nesting of objects and arrays in a document, counting the document itself. */
export const DOCUMENT_DEPTH_MAX = 64

/** A document as the user gave it, checked to be a JSON object with a valid id, as text, or without an id. */
export type CheckedDocument = { readonly id: string | undefined; readonly document: Readonly<Record<string, unknown>> }

/**
 * Checks everything about a document that does not depend on a schema: it is a JSON object, its id is valid, it is not
 * nested too deep, and every value is a JSON value. Undefined members count as absent.
 *
 * @throws {InvalidRequestError} `invalid_document` or `invalid_id`, naming the place
 */
export function checkDocument(document: unknown): CheckedDocument {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new InvalidRequestError(
      'invalid_document',
      `expected a document to be an object, found ${describeFound(document)}`,
    )
  }
  checkJson(document, '', 1)
  const given = document as Readonly<Record<string, unknown>>
  if (given.id === undefined || given.id === null) return { id: undefined, document: given }
  const id = checkId(given.id)
  return { id, document: given.id === id ? given : { ...given, id } }
}

/** An integer as the id that it stands for: the text of its decimal digits. Returns any other value as it is. */
export function textOfId(given: unknown): unknown {
  return Number.isSafeInteger(given) ? String(given) : given
}

/**
 * Checks a document's id: a string of 1 to {@link ID_BYTES_MAX} bytes without unpaired surrogates, or an integer.
 *
 * @returns the string
 * @throws {InvalidRequestError} `invalid_id`
 */
export function checkId(given: unknown): string {
  const id = textOfId(given)
  if (typeof id !== 'string') throw notAnId(id)
  if (id === '') throw invalidId('expected an id of at least one character, found the empty string')
  if (hasLoneSurrogate(id)) throw invalidId(`id ${quote(id)} holds an unpaired surrogate`)
  const byteSize = utf8ByteLength(id)
  if (byteSize > ID_BYTES_MAX) {
    throw invalidId(`ids have at most ${ID_BYTES_MAX} bytes, found ${byteSize} in ${quote(id)}`)
  }
  return id
}

/**
 * Encodes a checked document and its id as stored JSON. An id that the document did not have becomes its first member.
 *
 * @throws {LimitExceededError} `document_too_large` above {@link DOCUMENT_BYTES_MAX}
 */
export function encodeDocument(id: string, document: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  const withId = document.id === id ? document : 'id' in document ? { ...document, id } : { id, ...document }
  // From Buffer's pool: a buffer for each of a million small documents costs more than their bytes.
  const json = Buffer.from(JSON.stringify(withId))
  if (json.length <= DOCUMENT_BYTES_MAX) return json
  throw new LimitExceededError(
    'document_too_large',
    `documents have at most ${DOCUMENT_BYTES_MAX} bytes of JSON, found ${json.length} in ${quote(id)}`,
    { details: { id, limit: DOCUMENT_BYTES_MAX, found: json.length } },
  )
}

function checkJson(value: object, path: string, depth: number): void {
  if (depth > DOCUMENT_DEPTH_MAX) throw notJson(path, `values are nested more than ${DOCUMENT_DEPTH_MAX} deep`)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (!isSimple(value[i])) checkInner(value[i], `${path}[${i}]`, depth)
    }
    return
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw notJson(path, `expected a JSON value, found a ${value.constructor?.name ?? 'special object'}`)
  }
  for (const member of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[member]
    if (!isSimple(inner)) checkInner(inner, path === '' ? member : `${path}.${member}`, depth)
  }
}

function checkInner(value: unknown, path: string, depth: number): void {
  if (typeof value === 'object') checkJson(value as object, path, depth + 1)
  else if (typeof value === 'number') throw notJson(path, `expected a finite number, found ${value}`)
  else throw notJson(path, `expected a JSON value, found ${describeFound(value)}`)
}

/** Whether a value is a JSON value without values inside. */
function isSimple(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true
    case 'number':
      return Number.isFinite(value)
    default:
      return value === null
  }
}

function notJson(path: string, what: string): InvalidRequestError {
  const where = path === '' ? '' : `at ${quote(path)}: `
  return new InvalidRequestError('invalid_document', where + what, { details: { field: path.slice(0, 200) } })
}

function notAnId(id: unknown): InvalidRequestError {
  return Number.isInteger(id)
    ? invalidId(`integers as ids have at most 53 bits, found ${id}: write larger ones as strings`)
    : invalidId(`expected an id to be a string or an integer, found ${describeFound(id)}`)
}

function invalidId(message: string): InvalidRequestError {
  return new InvalidRequestError('invalid_id', message)
}
