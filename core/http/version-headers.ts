import type { WriteConditions } from '../engine/engine.ts'
import { InvalidRequestError } from '../errors.ts'
import { quote } from '../quote.ts'

/** A version as an entity tag (RFC 9110), and in a second header that proxies do not change when they compress. */
export function versionHeaders(version: string): Record<string, string> {
  return { ETag: `"${version}"`, 'Prism-Version': version }
}

/** Headers that make a write of one document conditional, for the description of routes. */
export const CONDITION_HEADERS = {
  'If-Match': 'The version that the document must have, in double quotes; * if it only has to be there',
  'If-None-Match': '* if it must not be there yet',
}

/**
 * Reads `If-Match` and `If-None-Match` of a write.
 *
 * @throws {InvalidRequestError} 'invalid_condition' for several tags, weak ones, or both headers
 */
export function readConditionHeaders(headers: Headers): WriteConditions {
  const match = headers.get('If-Match')?.trim()
  const noneMatch = headers.get('If-None-Match')?.trim()
  if (match !== undefined && noneMatch !== undefined) {
    throw invalid('a write has one condition, not If-Match and If-None-Match')
  }
  if (noneMatch !== undefined) {
    if (noneMatch !== '*') throw invalid(`a write understands If-None-Match: * only, got ${quote(noneMatch)}`)
    return { if_absent: true }
  }
  if (match === undefined) return {}
  if (match === '*') return { if_present: true }
  const version = /^"([^"]*)"$/.exec(match)?.[1]
  if (version === undefined) {
    throw invalid(`If-Match must be one version in double quotes, as an ETag gave it, or *, got ${quote(match)}`)
  }
  return { if_version: version }
}

function invalid(message: string): InvalidRequestError {
  return new InvalidRequestError('invalid_condition', message)
}
