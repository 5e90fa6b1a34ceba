import { type Shape, toJsonSchema } from '../contract/shape.ts'
import { InvalidRequestError } from '../errors.ts'
import { findNearestName } from '../nearest-name.ts'
import { isPlanned, notSupported } from '../planned.ts'
import { quote } from '../quote.ts'
import { parseJsonText } from '../schema/strict-json.ts'
import type { RouteRequest } from './route.ts'

type JsonSchema = Readonly<Record<string, unknown>>

const schemasByShape = new WeakMap<Shape<object>, Readonly<Record<string, JsonSchema>>>()

/** The parameters that a shape describes: each of its members, with the JSON Schema of its value. */
export function parameterSchemas(shape: Shape<object>): Readonly<Record<string, JsonSchema>> {
  let schemas = schemasByShape.get(shape)
  if (schemas === undefined) {
    schemas = toJsonSchema(shape).properties as Record<string, JsonSchema>
    schemasByShape.set(shape, schemas)
  }
  return schemas
}

/** @throws {InvalidRequestError} which names a parameter that is unknown, not supported, or given twice */
export function checkQuery(query: URLSearchParams, shape: Shape<object> | undefined): void {
  if (query.size === 0) return
  const known = shape === undefined ? [] : Object.keys(parameterSchemas(shape))
  const seen = new Set<string>()
  for (const name of query.keys()) {
    if (!known.includes(name)) throw unknownParameter(name, known)
    if (seen.has(name)) {
      const message = `${name} is given twice: give it once`
      throw new InvalidRequestError('invalid_request', message, { details: { path: name } })
    }
    seen.add(name)
  }
}

function unknownParameter(name: string, known: readonly string[]): InvalidRequestError {
  if (isPlanned('members', name)) return notSupported(name, { path: name })
  const nearest = findNearestName(name, known)
  const message = `unknown parameter ${quote(name)}${hintOf(nearest, known)}`
  return new InvalidRequestError('unknown_field', message, {
    details: { path: name, expected: known, found: name, ...(nearest !== undefined && { similar: nearest }) },
  })
}

function hintOf(nearest: string | undefined, known: readonly string[]): string {
  if (nearest !== undefined) return `; did you mean "${nearest}"?`
  return known.length === 0 ? ': this route takes none' : `; the parameters are ${known.join(', ')}`
}

/**
 * The parameters as members of a JSON request, each parsed by the schema of its value: lists are separated by commas,
 * objects are JSON. A text that does not fit stays a text, so that the check of the request reports it.
 *
 * @throws {InvalidRequestError} which names a parameter with an invalid list or invalid JSON
 */
export function parametersOf(request: RouteRequest, shape: Shape<object>): Record<string, unknown> {
  if (request.query.size === 0) return {}
  const schemas = parameterSchemas(shape)
  const read = ([name, text]: [string, string]): [string, unknown] => [name, parseValue(name, text, schemas[name]!)]
  return Object.fromEntries(Array.from(request.query, read))
}

function parseValue(name: string, text: string, schema: JsonSchema): unknown {
  if ('$ref' in schema) return parseJsonText(text, name)
  if (schema.type !== 'array') return parseScalar(text, schema)
  return splitList(name, text).map((item) => parseScalar(item, schema.items as JsonSchema))
}

function parseScalar(text: string, schema: JsonSchema): string | number | boolean {
  const types = [schema, ...((schema.anyOf ?? []) as JsonSchema[])].map(({ type }) => type)
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  const isNumber = types.includes('integer') || types.includes('number')
  return isNumber && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

/** An empty text is the empty list. */
function splitList(name: string, text: string): string[] {
  if (text === '') return []
  const items = text.split(',').map((item) => item.trim())
  if (!items.includes('')) return items
  const expected = 'values separated by commas'
  throw new InvalidRequestError('invalid_request', `${name}: expected ${expected}, got ${quote(text)}`, {
    details: { path: name, expected, found: text },
  })
}
