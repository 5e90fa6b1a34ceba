import { VERSION } from '../prism-version.ts'
import { errorAnswer } from './answers.ts'
import { namedSearch } from './contract.ts'
import type { NamedShape, Route } from './route.ts'
import { toJsonSchema } from './shape.ts'

type Json = Record<string, unknown>

/** Describes routes as an OpenAPI 3.1 document, from the very shapes that read their bodies. */
export function describeRoutes(routes: readonly Route[]): Json {
  const schemas: Json = { Error: toJsonSchema(errorAnswer), NamedSearch: toJsonSchema(namedSearch) }
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
    tags: ['search', 'documents', 'collections', 'server'].map((name) => ({ name })),
    paths,
    components: { schemas },
  }
}

function describeRoute(route: Route, schemas: Json): Json {
  const { answer } = route
  return {
    operationId: operationId(route),
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
      default: {
        description: 'What went wrong, as JSON',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
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
  const inQuery = Object.entries(route.query ?? {}).map(([name, { description, type }]) => ({
    name,
    in: 'query',
    description,
    schema: { type },
  }))
  const inHeaders = Object.entries(route.headers ?? {}).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  }))
  return [...inPath, ...inQuery, ...inHeaders]
}

/** Puts a shape among the components, once. */
function refer({ name, shape }: NamedShape, schemas: Json): Json {
  schemas[name] ??= toJsonSchema(shape)
  return { $ref: `#/components/schemas/${name}` }
}

/** `POST /collections/:collection/documents/get` becomes `postCollectionsCollectionDocumentsGet`. */
function operationId(route: Route): string {
  const words = route.path.split(/[^a-z]+/i).filter((word) => word !== '')
  return route.method.toLowerCase() + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
}
