import { errorAnswer } from '../contract/answer-shapes.ts'
import { describeFields } from '../contract/field-schemas.ts'
import { FILTER_SCHEMAS } from '../contract/filter-operators.ts'
import { namedSearch } from '../contract/search-shape.ts'
import { toJsonSchema } from '../contract/shape.ts'
import { VERSION } from '../prism-version.ts'
import { parameterSchemas } from './read-query.ts'
import type { NamedShape, Route } from './route.ts'

type Json = Record<string, unknown>

const TAGS: Readonly<Record<Route['tag'], string>> = {
  search: 'Questions to collections',
  documents: 'Documents: written, read, changed, deleted',
  collections: 'Collections, their schemas, snapshots and branches',
  server: 'The server itself',
}

/** Describes routes as an OpenAPI 3.1 document, with the same shapes that parse their bodies. */
export function describeRoutes(routes: readonly Route[]): Json {
  const schemas: Json = {
    Error: toJsonSchema(errorAnswer),
    NamedSearch: toJsonSchema(namedSearch),
    ...FILTER_SCHEMAS,
    ...describeFields(),
  }
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] ??= {}
    paths[path][route.method.toLowerCase()] = describeRoute(route, schemas)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Prism',
      version: VERSION,
      description: 'Documents in, ranked answers out, on object storage.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The server that answers this document' }],
    // Keys come with a later version.
    security: [],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas },
  }
}

function describeRoute(route: Route, schemas: Json): Json {
  const { answer } = route
  return {
    operationId: route.operation,
    tags: [route.tag],
    summary: route.summary,
    parameters: describeParameters(route),
    ...(route.body && { requestBody: describeBody(route.body, schemas) }),
    responses: {
      [answer.status]: {
        description: answer.description,
        content:
          'shape' in answer
            ? { 'application/json': { schema: refer(answer, schemas) } }
            : {
                [answer.contentType]: {
                  schema: { type: answer.contentType === 'application/json' ? 'object' : 'string' },
                },
              },
      },
      '4XX': errorResponse('The request is wrong, over a limit, or in conflict with what is stored'),
      '5XX': errorResponse('The server or its storage failed; 503 says when to ask again in `Retry-After`'),
    },
  }
}

function describeBody(body: NonNullable<Route['body']>, schemas: Json): Json {
  const json = { schema: refer(body, schemas), example: body.example }
  const lines = { schema: { type: 'string', description: 'One JSON document a line' } }
  return {
    required: body.required,
    content: { 'application/json': json, ...(body.ndjson && { 'application/x-ndjson': lines }) },
  }
}

function describeParameters(route: Route): Json[] {
  const inPath = Array.from(route.path.matchAll(/:(\w+)/g), ([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(route.query ? parameterSchemas(route.query) : {}).map(
    ([name, { description, ...schema }]) => ({ name, in: 'query', description, ...describeText(schema) }),
  )
  const inHeaders = Object.entries(route.headers ?? {}).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  }))
  return [...inPath, ...inQuery, ...inHeaders]
}

/** How a value is written in a URL: a list separated by commas, an object as JSON. */
function describeText(schema: Json): Json {
  if ('$ref' in schema) return { content: { 'application/json': { schema } } }
  return schema.type === 'array' ? { style: 'form', explode: false, schema } : { schema }
}

/** Adds a shape to the components once. */
function refer({ name, shape }: NamedShape, schemas: Json): Json {
  schemas[name] ??= toJsonSchema(shape)
  return { $ref: `#/components/schemas/${name}` }
}

function errorResponse(description: string): Json {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }
}
