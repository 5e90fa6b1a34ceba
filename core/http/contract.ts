import {
  ANALYZED_CHARACTERS_MAX,
  BATCH_DOCUMENTS_MAX,
  COLLECTIONS_MAX,
  NAME_CHARACTERS_MAX,
  SORT_KEYS_MAX,
} from '../contract/limits.ts'
import type { Consistency, JsonObject, ReadRequest, SearchRequest } from '../contract/search-request.ts'
import type {
  AnalyzeRequest,
  BranchRequest,
  CollectionSettings,
  CreateCollectionRequest,
  DeleteRequest,
  FilterRequest,
  PageOfCollections,
  PastRequest,
  SchemaDeclaration,
  UpdateCollectionRequest,
  UpdateRequest,
  WriteOperation,
} from '../engine/engine.ts'
import type { UploadFormat } from '../engine/uploads.ts'
import { InvalidRequestError } from '../errors.ts'
import { FIELDS_MAX } from '../schema/schema.ts'
import { exactly, isObject, readShape, type Shape, z } from './shape.ts'

/** Most hits of one answer; deeper pages come by cursor. */
export const LIMIT_MAX = 1_000
/** Most searches of one multi_search. */
export const SEARCHES_MAX = 16
/** Most documents of one page of a listing. */
export const PAGE_DOCUMENTS_MAX = 1_000
export const SHARDS_MAX = 256

/** Any JSON object, handed on as it is: zod's own record would drop keys such as `__proto__`. */
const jsonObject = z.custom<JsonObject>(isObject, { params: { expected: 'an object' } }).meta({ type: 'object' })

/** A field's name, perhaps with a sign before it or a boost after it. */
const name = z.string().max(NAME_CHARACTERS_MAX)
const fuzziness = z.union([z.enum(['none', 'auto']), z.literal(1), z.literal(2)])
const operator = z.enum(['or', 'and'])

const consistency: Shape<Consistency> = z.enum(['eventual', 'bounded', 'read_your_writes', 'strong'])

const settingsFields = {
  allow_partial_results: z.boolean().exactOptional(),
  min_successful_shards: z.int().min(0).max(SHARDS_MAX).exactOptional(),
  partial_results_timeout_ms: z.number().min(0).exactOptional(),
}

const pastFields = {
  at_version: z
    .list(z.int().min(1), { min: 1, max: SHARDS_MAX })
    .exactOptional()
    .describe('These versions, one a shard, as an answer named them in `snapshot.versions`'),
  at_time: z.string().exactOptional().describe('What stood at this moment, such as `2026-03-01T12:00:00Z`'),
  snapshot: z.string().exactOptional().describe('The snapshot of this name'),
}

const readFields = {
  consistency: consistency.exactOptional(),
  max_staleness_ms: z.number().min(0).exactOptional().describe('For `bounded`: how old the snapshot may be'),
  session: z.string().exactOptional().describe('Session tokens, separated by commas, as earlier answers gave them'),
  ...pastFields,
}

const queryFields = {
  query: z
    .union([
      z.string().describe('In the query language'),
      z
        .strictObject({
          match: z.string(),
          operator: operator.exactOptional(),
          fuzziness: fuzziness.exactOptional(),
          prefix_last: z.boolean().exactOptional(),
        })
        .describe('Taken literally: nothing in it is syntax'),
    ])
    .exactOptional(),
  fields: z
    .list(name, { max: FIELDS_MAX })
    .exactOptional()
    .describe('Where bare words are looked for, such as `title^2`'),
  field_mode: z.enum(['sum', 'best']).exactOptional(),
  operator: operator.exactOptional(),
  fuzziness: fuzziness.exactOptional(),
  filter: jsonObject.exactOptional().describe('Conditions that hits meet, never scored'),
}

const searchFields = {
  ...queryFields,
  limit: z.int().min(0).max(LIMIT_MAX).exactOptional().describe('Hits on the page; 10 if not said'),
  offset: z.int().min(0).exactOptional(),
  sort: z.list(name, { max: SORT_KEYS_MAX }).exactOptional().describe('Such as `["-year", "_score", "id"]`'),
  include: z
    .list(name, { max: FIELDS_MAX })
    .exactOptional()
    .describe('Fields of the document to answer; all if not said'),
  exclude: z.list(name, { max: FIELDS_MAX }).exactOptional(),
  versions: z.boolean().exactOptional().describe('Whether hits say the versions of their documents'),
  total: z
    .union([z.boolean(), z.int().min(0)])
    .exactOptional()
    .describe('true: exact; false or 0: left out; N: exact up to N'),
  ...readFields,
  ...settingsFields,
  explain: z.boolean().exactOptional(),
}

export const searchRequest = exactly<SearchRequest>()(z.strictObject(searchFields))

/** One of several searches: a search that names its collection. */
export type NamedSearch = SearchRequest & { readonly collection: string }

export const namedSearch = exactly<NamedSearch>()(z.strictObject({ collection: z.string(), ...searchFields }))

/** Each search is read on its own, so that a bad one fails alone. */
export const multiSearchRequest: Shape<{ searches: unknown[] }> = z.strictObject({
  searches: z
    .list(z.unknown(), { min: 1, max: SEARCHES_MAX })
    .meta({ items: { $ref: '#/components/schemas/NamedSearch' } }),
})

const settings = exactly<CollectionSettings>()(z.strictObject(settingsFields))

/** Field declarations are read by the engine, which says best what is wrong with them. */
const schemaDeclaration = z.custom<SchemaDeclaration>(isObject, { params: { expected: 'an object' } }).meta({
  type: 'object',
  properties: {
    fields: { type: 'object', description: 'Each a type name, or an object with `type` and options' },
    dynamic: { enum: [true, false, 'strict'], default: true },
    default_fields: { type: 'array', items: { type: 'string' }, description: 'Such as `["title^2", "body"]`' },
  },
})

export const createRequest: Shape<CreateCollectionRequest> = z.strictObject({
  schema: schemaDeclaration.exactOptional(),
  shards: z.int().min(1).max(SHARDS_MAX).exactOptional(),
  settings: settings.exactOptional(),
})

export const updateRequest: Shape<UpdateCollectionRequest> = z.strictObject({
  schema: schemaDeclaration.exactOptional(),
  settings: settings.exactOptional(),
})

export const snapshotRequest: Shape<{ name: string }> = z.strictObject({
  name: z.string().describe('1 to 128 characters of a-z, 0-9, _ and -'),
})

/** Without a past: what the collection holds now. */
export const branchRequest: Shape<BranchRequest> = z.strictObject({
  name: z.string().describe('1 to 128 characters of a-z, 0-9, _ and -'),
  ...pastFields,
})

export const restoreRequest: Shape<PastRequest> = z.strictObject(pastFields)

export const analyzeRequest: Shape<AnalyzeRequest> = z.strictObject({
  text: z.string().max(ANALYZED_CHARACTERS_MAX),
  field: z.string().exactOptional(),
  language: z.string().exactOptional(),
})

const documentList = z.list(z.unknown(), { max: BATCH_DOCUMENTS_MAX }).meta({ items: { type: 'object' } })

export const documentBatch: Shape<{ documents: unknown[] } | unknown[]> = z.union([
  z.strictObject({ documents: documentList }),
  documentList,
])

/** What must hold of the stored document. That there is one condition at most the engine says. */
const conditionFields = {
  if_version: z.string().exactOptional().describe('Its version is this one'),
  if_absent: z.literal(true).exactOptional().describe('There is none'),
  if_present: z.literal(true).exactOptional().describe('There is one'),
}

/** Each is read on its own, so that what is wrong with one is said of it. */
export const writeOperation = exactly<WriteOperation>()(
  z.union([
    z.strictObject({ put: jsonObject, ...conditionFields }),
    z.strictObject({
      patch: jsonObject.describe('A JSON merge patch (RFC 7396)'),
      id: z.string(),
      ...conditionFields,
    }),
    z.strictObject({ delete: z.string().describe('An id'), ...conditionFields }),
  ]),
)

const atomic = z.boolean().exactOptional().describe('All of the batch or nothing; it has to be of one shard then')

export type WriteBatch =
  | { documents: unknown[]; atomic?: boolean }
  | { operations: WriteOperation[]; atomic?: boolean }
  | { upload: string }
  | unknown[]

export const writeRequest: Shape<WriteBatch> = z.union([
  z.strictObject({ documents: documentList, atomic }),
  z.strictObject({ operations: z.list(writeOperation, { max: BATCH_DOCUMENTS_MAX }), atomic }),
  z.strictObject({ upload: z.string().describe('A batch that was put where `uploads` said') }),
  documentList,
])

export const uploadRequest: Shape<{ format?: UploadFormat; bytes: number }> = z.strictObject({
  format: z
    .enum(['ndjson', 'json'])
    .exactOptional()
    .describe('One document a line (default), or a batch as JSON; either may be gzipped'),
  bytes: z.int().min(1).describe('Bytes that will be put there, as they are sent; no other number is taken'),
})

export const document: Shape<JsonObject> = jsonObject

const ids = z.list(z.string(), { max: BATCH_DOCUMENTS_MAX })

export const readRequest: Shape<ReadRequest> = z.strictObject(readFields)

export const getRequest: Shape<{ ids: string[]; versions?: boolean } & ReadRequest> = z.strictObject({
  ids,
  versions: z.boolean().exactOptional().describe('Whether to say the versions of the documents'),
  ...readFields,
})

export const collectionPageRequest: Shape<PageOfCollections> = z.strictObject({
  cursor: z.string().exactOptional(),
  limit: z.int().min(1).max(COLLECTIONS_MAX).exactOptional(),
})

export const pageRequest: Shape<ReadRequest & { cursor?: string; limit?: number }> = z.strictObject({
  cursor: z.string().exactOptional(),
  limit: z.int().min(1).max(PAGE_DOCUMENTS_MAX).exactOptional(),
  ...readFields,
})

const filterFields = {
  filter: jsonObject.describe('Which documents'),
  limit: z.int().min(1).exactOptional().describe('Most documents to work through before answering'),
  cursor: z.string().exactOptional().describe('Where the answer before ended'),
}

export const deleteRequest: Shape<DeleteRequest | FilterRequest> = z.union([
  z.strictObject({ ids }),
  z.strictObject(filterFields),
])

export const updateByFilterRequest = exactly<UpdateRequest>()(
  z.strictObject({ ...filterFields, patch: jsonObject.describe('A JSON merge patch (RFC 7396)') }),
)

const NOT_SUPPORTED = ['vector', 'hybrid', 'aggs', 'highlight', 'cursor']

/**
 * Reads the body of a search.
 *
 * @throws {InvalidRequestError} `not_supported` for what a later version will do
 */
export function readSearchRequest<T extends SearchRequest>(shape: Shape<T>, body: unknown, where: string): T {
  if (!isObject(body)) return readShape(shape, body, where)
  const asked: Record<string, unknown> = { ...body }
  for (const field of NOT_SUPPORTED) {
    if (asked[field] !== undefined && asked[field] !== null) {
      throw new InvalidRequestError('not_supported', `${field} is not supported by this version`, {
        details: { path: field },
      })
    }
    delete asked[field]
  }
  return readShape(shape, asked, where)
}
