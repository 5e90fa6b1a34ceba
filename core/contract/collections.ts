import type { SchemaDeclaration } from '../schema/schema-declaration.ts'
import type { JsonObject, ReadRequest, ShardsReport, SnapshotReport } from './search-request.ts'

/** The properties of a new collection. Every field is optional. */
export type CreateCollectionRequest = {
  /** The initial fields. Default: none; documents add fields. */
  readonly schema?: SchemaDeclaration
  /**
   * Number of parts that the collection is split into, 1 to 256; cannot be changed later. Default: the server's, or 1.
   */
  readonly shards?: number
  readonly settings?: CollectionSettings
}

/** Defaults for the searches of a collection. */
export type CollectionSettings = {
  /** Whether an answer may omit shards that failed or were late. Default: true. */
  readonly allow_partial_results?: boolean
  /** Minimum number of shards that must answer, from 0 to the number of shards. Default: 1. */
  readonly min_successful_shards?: number
  /** Milliseconds after which a shard that has not answered is omitted, 1 to 600,000. Default: 10,000. */
  readonly partial_results_timeout_ms?: number
}

/** Changes to a collection. */
export type UpdateCollectionRequest = {
  /** Fields to add, and existing fields to declare again with changed options. */
  readonly schema?: SchemaDeclaration
  /** Settings to change; omitted settings keep their values. */
  readonly settings?: CollectionSettings
}

/** The properties and the size of a collection. */
export type CollectionInfo = {
  readonly name: string
  readonly schema: SchemaDeclaration
  /** Increases by one with each change of the schema. */
  readonly schema_version: number
  readonly shards: number
  /** Number of live documents. */
  readonly documents: number
  /** Number of deleted or replaced documents, which compaction will remove. */
  readonly deleted: number
  readonly segments: number
  /** Stored bytes of all segments. */
  readonly bytes: number
  /** In ISO 8601. */
  readonly created_at: string
  readonly settings: CollectionSettings
}

/** Requests a page of collections, in the order of their names. */
export type PageOfCollections = {
  /** Maximum collections on the page, 1 to 1,000. Default: 1,000. */
  readonly limit?: number
  /** `cursor` of the previous page. Default: the first page. */
  readonly cursor?: string
}

/** A page of collections. `cursor` requests the next page; null on the last page. */
export type CollectionPage = { readonly collections: readonly CollectionInfo[]; readonly cursor: string | null }

/** Requests a page of documents, in id order. */
export type PageRequest = ReadRequest & {
  /** `cursor` of the previous page. Default: the first page. */
  readonly cursor?: string
  /** Maximum documents on the page, 1 to 1,000. Default: 100. */
  readonly limit?: number
}

/** A page of documents. `cursor` requests the next page; null on the last page. */
export type DocumentPage = { readonly documents: readonly JsonObject[]; readonly cursor: string | null }

/**
 * A text of at most 65,536 characters, and the field or the language to analyze it for: at most one. Default: English.
 */
export type AnalyzeRequest = { readonly text: string; readonly field?: string; readonly language?: string }

/** A word of an analyzed text. */
export type TokenReport = {
  /** The term that is indexed. */
  readonly term: string
  /** The word, folded but not stemmed. */
  readonly form: string
  /** Number of words before this word. */
  readonly position: number
  /** The range of the word in the text: [`start`, `end`), in UTF-16 code units. */
  readonly start: number
  readonly end: number
  /** Whether queries omit the word. */
  readonly stop_word: boolean
}

/** How many documents match, and which version was read. */
export type CountAnswer = {
  readonly count: number
  readonly shards: ShardsReport
  readonly snapshot: SnapshotReport
  readonly session: string
}

/** A snapshot of a collection. */
export type SnapshotInfo = {
  readonly name: string
  /** The version of each shard that the snapshot keeps, in the form of `at_version`. */
  readonly versions: readonly number[]
  /** In ISO 8601. */
  readonly created_at: string
}

/** A past version of a collection: at given versions, at a time, or in a snapshot. At most one of them. */
export type PastRequest = Pick<ReadRequest, 'at_version' | 'at_time' | 'snapshot'>

/** The name of a branch, and the version that it starts from. Default: the newest version. */
export type BranchRequest = PastRequest & { readonly name: string }

/** The effect of compacting each shard of a collection. */
export type CompactAnswer = {
  readonly shards: readonly {
    readonly shard: number
    readonly segments_before: number
    readonly segments_after: number
    readonly bytes_before: number
    readonly bytes_after: number
  }[]
}
