import { InvalidRequestError } from '../errors.ts'
import { findNearestName } from '../nearest-name.ts'
import { quote } from '../quote.ts'
import { parseJsonText } from '../schema/strict-json.ts'
import type { QueryParameter, RouteRequest } from './route.ts'

type Parameters = Readonly<Record<string, QueryParameter>>

/** @throws {InvalidRequestError} which names a parameter that is unknown or given twice */
export function checkQuery(query: URLSearchParams, known: Parameters = {}): void {
  const seen = new Set<string>()
  for (const name of query.keys()) {
    if (!Object.hasOwn(known, name)) throw unknownParameter(name, known)
    if (seen.has(name)) {
      throw new InvalidRequestError('invalid_request', `${name} is given twice`, { details: { path: name } })
    }
    seen.add(name)
  }
}

function unknownParameter(name: string, known: Parameters): InvalidRequestError {
  const nearest = findNearestName(name, Object.keys(known))
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`
  return new InvalidRequestError('unknown_field', `unknown parameter ${quote(name)}${hint}`, {
    details: { path: name, expected: Object.keys(known), found: name },
  })
}

/**
 * Returns the given parameters, with numbers parsed; lists and JSON stay text. Invalid numbers stay text too, so that the
 * check of the shape reports them.
 */
export function parametersOf(request: RouteRequest, known: Parameters): Record<string, string | number> {
  const values: Record<string, string | number> = {}
  for (const [name, text] of request.query) {
    values[name] = known[name]?.type !== 'string' && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
  }
  return values
}

/**
 * Parses a query parameter that contains JSON.
 *
 * @throws {InvalidRequestError} which names the parameter if it is not JSON
 */
export function parseJsonParameter(name: string, text: string): unknown {
  return parseJsonText(text, name)
}
