import { BATCH_DOCUMENTS_MAX } from '../contract/limits.ts'
import { QUOTED_CHARACTERS_MAX, quote } from '../quote.ts'
import { type JsonLine, parseJson, parseNdjson } from '../schema/strict-json.ts'
import type { RouteRequest } from './route.ts'
import { RefusedByHttpError } from './transfer/refusals.ts'

const NDJSON_TYPES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/x-jsonlines']

/**
 * Parses a JSON body; undefined if there is no body.
 *
 * Refuses other and missing media types, because a page of any origin can make a browser send forms, plain text and bytes
 * without a type.
 */
export async function parseJsonBody(request: RouteRequest): Promise<unknown> {
  const bytes = await request.body()
  if (bytes.length === 0) return undefined
  const type = mediaType(request)
  if (type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type))
    return parseJson(bytes, request.bodySize)
  throw unsupported(type, 'application/json')
}

/** Like {@link parseJsonBody}, but a missing body means `{}`. */
export async function parseOptionalJsonBody(request: RouteRequest): Promise<unknown> {
  const body = await parseJsonBody(request)
  return body === undefined ? {} : body
}

/** Whether the content type means one JSON value per line. */
export function isNdjson(request: RouteRequest): boolean {
  return NDJSON_TYPES.includes(mediaType(request))
}

/**
 * Parses a body with one JSON value per line; ignores empty lines.
 *
 * @throws {LimitExceededError} 'batch_too_large' over {@link BATCH_DOCUMENTS_MAX} lines
 */
export async function parseNdjsonBody(request: RouteRequest): Promise<JsonLine[]> {
  return parseNdjson(await request.body(), { ...request.bodySize, linesMax: BATCH_DOCUMENTS_MAX })
}

function mediaType(request: RouteRequest): string {
  const [type = '', ...parameters] = (request.headers.get('content-type') ?? '').toLowerCase().split(';')
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='))
  if (charset === undefined || /^charset="?utf-?8"?$/.test(charset)) return type.trim()
  throw new RefusedByHttpError(
    415,
    'unsupported_charset',
    `charset must be utf-8, got ${quote(charset.slice('charset='.length))}`,
  )
}

function unsupported(type: string, expected: string): RefusedByHttpError {
  const message = `content-type must be ${expected}, got ${type.slice(0, QUOTED_CHARACTERS_MAX) || 'none'}`
  return new RefusedByHttpError(415, 'unsupported_media_type', message, { Accept: expected })
}
