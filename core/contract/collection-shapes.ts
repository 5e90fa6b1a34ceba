import type { SchemaDeclaration } from '../schema/schema-declaration.ts'
import type {
  AnalyzeRequest,
  BranchRequest,
  CollectionSettings,
  CreateCollectionRequest,
  PageOfCollections,
  PageRequest,
  PastRequest,
  UpdateCollectionRequest,
} from './collections.ts'
import { jsonObject } from './json-object.ts'
import {
  ANALYZED_CHARACTERS_MAX,
  COLLECTIONS_MAX,
  LIMIT_MAX,
  LISTING_LIMIT_DEFAULT,
  NAME_CHARACTERS_MAX,
  SHARDS_MAX,
} from './limits.ts'
import type { ReadRequest } from './search-request.ts'
import { cursor, pastFields, readFields, settingsFields } from './search-shape.ts'
import { exactly, type Shape, z } from './shape.ts'

const settings = exactly<CollectionSettings>()(z.strictObject(settingsFields))

/** The engine parses field declarations, because it gives the best error messages for them. */
export const schemaDeclaration = jsonObject<SchemaDeclaration>({ undefinedMembers: 'absent' }).meta({
  $ref: '#/components/schemas/Schema',
})

/** The shape of {@link CreateCollectionRequest}. */
export const createRequest: Shape<CreateCollectionRequest> = z.strictObject({
  schema: schemaDeclaration.exactOptional(),
  shards: z
    .int()
    .min(1)
    .max(SHARDS_MAX)
    .exactOptional()
    .describe('Number of parts that the collection is split into; cannot be changed later'),
  settings: settings.exactOptional(),
})

/** The shape of {@link UpdateCollectionRequest}. */
export const updateRequest: Shape<UpdateCollectionRequest> = z.strictObject({
  schema: schemaDeclaration.exactOptional(),
  settings: settings.exactOptional(),
})

/** The engine checks the characters of a name. */
const name = z.string().max(NAME_CHARACTERS_MAX).describe('1 to 128 characters of a-z, 0-9, _ and -')

/** The name of a collection or a snapshot, which the engine looks up. */
export const givenName: Shape<string> = z.string().min(1).max(NAME_CHARACTERS_MAX)

/** The name of a new snapshot. */
export const snapshotRequest: Shape<{ name: string }> = z.strictObject({ name })
/** The shape of {@link BranchRequest}. */
export const branchRequest: Shape<BranchRequest> = z.strictObject({ name, ...pastFields })
/** The version that a collection is restored to. */
export const restoreRequest: Shape<PastRequest> = z.strictObject(pastFields)

/** The shape of {@link AnalyzeRequest}. */
export const analyzeRequest: Shape<AnalyzeRequest> = z.strictObject({
  text: z.string().max(ANALYZED_CHARACTERS_MAX),
  field: z.string().max(NAME_CHARACTERS_MAX).exactOptional(),
  language: z.string().max(NAME_CHARACTERS_MAX).exactOptional(),
})

/** The shape of {@link ReadRequest}. */
export const readRequest: Shape<ReadRequest> = z.strictObject(readFields)

/** The shape of {@link PageOfCollections}. */
export const collectionPageRequest: Shape<PageOfCollections> = z.strictObject({
  cursor: cursor.exactOptional(),
  limit: z.int().min(1).max(COLLECTIONS_MAX).exactOptional().meta({ default: COLLECTIONS_MAX }),
})

/** The shape of {@link PageRequest}. */
export const listRequest: Shape<PageRequest> = z.strictObject({
  cursor: cursor.exactOptional(),
  limit: z.int().min(1).max(LIMIT_MAX).exactOptional().meta({ default: LISTING_LIMIT_DEFAULT }),
  ...readFields,
})
