import { isRecord } from '../json-record.ts'
import type { SchemaDeclaration } from '../schema/schema-declaration.ts'
import type { CostReport } from '../storage/cost.ts'
import type { CollectionInfo, CountAnswer, DocumentPage, SnapshotInfo, TokenReport } from './collections.ts'
import type { Hit, JsonObject, SearchAnswer, ShardsReport, SnapshotReport, Warning } from './search-request.ts'
import { exactly, type Shape, z } from './shape.ts'
import type {
  DeleteAnswer,
  DeleteByFilterAnswer,
  DocumentError,
  OperationsAnswer,
  PatchAnswer,
  PutAnswer,
  UpdateAnswer,
  UploadTicket,
  WriteAnswer,
} from './writes.ts'

// OpenAPI is made of these shapes, the compiler holds them to the engine's types, and the remote engine checks answers by them.

const jsonObject = z.custom<JsonObject>(isRecord).meta({ type: 'object' })

const warning = exactly<Warning>()(z.object({ code: z.string(), message: z.string() }))
const session = z
  .string()
  .describe('Names the versions read or written; send it back as `Prism-Session` to read at least those')

/** Every error. */
export const errorAnswer = z.object({
  error: z.object({
    code: z.string().describe('For machines, stable'),
    message: z.string().describe('For people'),
    details: jsonObject,
  }),
})

/** What a server is. */
export const rootAnswer = z.object({ name: z.literal('prism'), version: z.string(), tagline: z.string() })

/** That a server reaches its data. */
export const healthAnswer = z.object({
  status: z.literal('ok'),
  version: z.string(),
  collections: z.int(),
  uptime_s: z.number(),
})

/** One collection. */
export const collectionAnswer = exactly<CollectionInfo>()(
  z.object({
    name: z.string(),
    schema: z.custom<SchemaDeclaration>(isRecord).meta({ type: 'object' }),
    schema_version: z.int(),
    shards: z.int(),
    documents: z.int().describe('Live documents'),
    deleted: z.int().describe('Documents that compaction will drop'),
    segments: z.int(),
    bytes: z.int(),
    created_at: z.string(),
    settings: z.object({
      allow_partial_results: z.boolean().exactOptional(),
      min_successful_shards: z.int().exactOptional(),
      partial_results_timeout_ms: z.number().exactOptional(),
    }),
  }),
)

/** A page of collections. */
export const collectionsAnswer = z.object({ collections: z.array(collectionAnswer), cursor: z.string().nullable() })
/** That something is deleted. */
export const droppedAnswer = z.object({ deleted: z.literal(true) })

const token = exactly<TokenReport>()(
  z.object({
    term: z.string(),
    form: z.string(),
    position: z.int(),
    start: z.int(),
    end: z.int(),
    stop_word: z.boolean(),
  }),
)

/** The terms of a text. */
export const analyzeAnswer = z.object({ tokens: z.array(token) })

const documentError = exactly<DocumentError>()(
  z.object({
    position: z.int().describe('In the batch, from 0'),
    id: z.string().nullable(),
    error: z.object({ code: z.string(), message: z.string(), details: jsonObject.exactOptional() }),
  }),
)

/** What became of a batch of documents. */
export const writeAnswer = exactly<WriteAnswer>()(
  z.object({
    indexed: z.int(),
    failed: z.int(),
    errors: z.array(documentError),
    ids: z.array(z.string().nullable()).describe('By document, also those that the server made; null where one failed'),
    warnings: z.array(warning),
    session,
  }),
)

/** An address to upload a batch to. */
export const uploadAnswer = exactly<UploadTicket>()(
  z.object({
    upload: z.string().describe('Its name, for `{ "upload": … }` in the request that writes the batch'),
    url: z.string().describe('Takes the batch by PUT, without any credentials'),
    expires_at: z.string(),
    maximum_bytes: z.int().describe('Of the batch, unpacked'),
  }),
)

const version = z.string().describe('Names what the document holds; equal documents have equal versions')

/** What became of a list of operations. */
export const operationsAnswer = exactly<OperationsAnswer>()(
  z.object({
    results: z
      .array(
        z.object({
          id: z.string().nullable(),
          status: z.enum(['created', 'replaced', 'patched', 'unchanged', 'deleted', 'missing', 'failed']),
          version: version.nullable(),
        }),
      )
      .describe('By operation'),
    failed: z.int(),
    errors: z.array(documentError),
    warnings: z.array(warning),
    session,
  }),
)

/** What a batch is answered with, by the form it came in. */
export const batchAnswer = z.union([writeAnswer, operationsAnswer])

/** What became of a document that was put. */
export const putAnswer = exactly<PutAnswer>()(
  z.object({ id: z.string(), created: z.boolean(), version, warnings: z.array(warning), session }),
)

/** What became of a document that was patched. */
export const patchAnswer = exactly<PatchAnswer>()(
  z.object({
    id: z.string(),
    changed: z.boolean().describe('false: the patch left the document as it was'),
    version,
    warnings: z.array(warning),
    session,
  }),
)

/** How many documents were deleted. */
export const deleteAnswer = exactly<DeleteAnswer>()(z.object({ deleted: z.int(), session }))

const progressFields = {
  matched: z.int().describe('Documents that the filter accepted when their turn came'),
  failed: z.int(),
  errors: z
    .array(
      z.object({
        id: z.string().nullable(),
        error: z.object({ code: z.string(), message: z.string(), details: jsonObject.exactOptional() }),
      }),
    )
    .describe('The first of them'),
  remaining: z.int().describe('Documents beyond the cursor that the filter accepted when they were last looked at'),
  cursor: z.string().nullable().describe('Where to go on; null when everything is done'),
}

/** How far a deletion by filter came. */
export const deleteByFilterAnswer = exactly<DeleteByFilterAnswer>()(
  z.object({ deleted: z.int(), ...progressFields, session }),
)

/** What deleting is answered with, by how the documents were named. */
export const deletedAnswer = z.union([deleteAnswer, deleteByFilterAnswer])

/** How far an update by filter came. */
export const updateAnswer = exactly<UpdateAnswer>()(
  z.object({
    updated: z.int(),
    unchanged: z.int().describe('Documents that the patch leaves as they are'),
    ...progressFields,
    warnings: z.array(warning),
    session,
  }),
)

/** One document. */
export const documentAnswer: Shape<JsonObject> = jsonObject
/** Documents in the order of their ids in the request; null where there is none. */
export const documentsAnswer = z.object({
  documents: z.array(jsonObject.nullable()),
  versions: z.array(version.nullable()).exactOptional().describe('If asked for'),
})
/** The same with the versions of the documents. */
export const versionedDocumentsAnswer = z.object({
  documents: z.array(jsonObject.nullable()),
  versions: z.array(version.nullable()),
})

/** A page of documents. */
export const pageAnswer = exactly<DocumentPage>()(
  z.object({
    documents: z.array(jsonObject),
    cursor: z.string().nullable().describe('Brings the next page; null after the last'),
  }),
)

const shards = exactly<ShardsReport>()(
  z.object({
    total: z.int(),
    successful: z.int(),
    failed: z.int(),
    failures: z.array(z.object({ shard: z.int(), reason: z.string() })),
  }),
)

const snapshot = exactly<SnapshotReport>()(
  z.object({ versions: z.array(z.int()).describe('Read of each shard; 0: none'), staleness_ms: z.number() }),
)

const cost = exactly<CostReport>()(
  z.object({
    gets: z.int().describe('Requests that reached the object store'),
    bytes: z.int(),
    rounds: z.int().describe('Rounds of requests that waited for one another'),
    cached_bytes: z.int(),
    usd: z.number(),
  }),
)

const hit = exactly<Hit>()(
  z.object({ id: z.string(), score: z.number().nullable(), document: jsonObject, version: version.exactOptional() }),
)

/** What a search found. */
export const searchAnswer = exactly<SearchAnswer>()(
  z.object({
    hits: z.array(hit),
    total: z.int().exactOptional(),
    total_relation: z.enum(['eq', 'gte']).exactOptional(),
    took_ms: z.number(),
    shards,
    snapshot,
    session,
    cost,
    warnings: z.array(warning).exactOptional(),
    explain: jsonObject.exactOptional(),
  }),
)

/** One snapshot. */
export const snapshotAnswer = exactly<SnapshotInfo>()(
  z.object({
    name: z.string(),
    versions: z.array(z.int()).describe('One a shard'),
    created_at: z.string(),
  }),
)

/** All snapshots of a collection. */
export const snapshotsAnswer = z.object({ snapshots: z.array(snapshotAnswer) })

/** The answer or error of each of several searches. */
export const multiSearchAnswer = z.object({ results: z.array(z.union([searchAnswer, errorAnswer])) })

/** How many documents match. */
export const countAnswer = exactly<CountAnswer>()(z.object({ count: z.int(), shards, snapshot, session }))
