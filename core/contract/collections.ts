import type { SchemaDeclaration } from '../schema/schema-declaration.ts'
import type { JsonObject, ReadRequest, ShardsReport, SnapshotReport } from './search-request.ts'

/** What a new collection is like. Every field is optional. */
export type CreateCollectionRequest = {
  /** The fields to begin with. Default: none; documents add theirs. */
  readonly schema?: SchemaDeclaration
  /** Parts that the collection is split into for good, 1 to 256. Default: the server's, which is 1. */
  readonly shards?: number
  readonly settings?: CollectionSettings
}

/** What searches of a collection do where they say nothing themselves. */
export type CollectionSettings = {
  /** Whether an answer may lack shards that failed or were late. Default: true. */
  readonly allow_partial_results?: boolean
  /** Shards that an answer needs at least, 0 to 256. Default: 1. */
  readonly min_successful_shards?: number
  /** Milliseconds after which a shard that has not answered is left out, 1 to 600,000. Default: 10,000. */
  readonly partial_results_timeout_ms?: number
}

/** What to change about a collection. */
export type UpdateCollectionRequest = {
  /** Fields to add, or to declare again with options that may change. */
  readonly schema?: SchemaDeclaration
  /** Settings to change; the others stay. */
  readonly settings?: CollectionSettings
}

/** What a collection is, and how much it holds. */
export type CollectionInfo = {
  readonly name: string
  readonly schema: SchemaDeclaration
  /** Rises by one with each change of the schema. */
  readonly schema_version: number
  readonly shards: number
  /** Live documents. */
  readonly documents: number
  /** Documents that are deleted or replaced, and that compaction will drop. */
  readonly deleted: number
  readonly segments: number
  /** Stored bytes of all segments. */
  readonly bytes: number
  /** In ISO 8601. */
  readonly created_at: string
  readonly settings: CollectionSettings
}

/** A page of collections, by name. */
export type PageOfCollections = {
  /** Collections on the page, 1 to 1,000. Default: 1,000. */
  readonly limit?: number
  /** `cursor` of the page before. Default: the first page. */
  readonly cursor?: string
}

/** `cursor` brings the next page; null after the last. */
export type CollectionPage = { readonly collections: readonly CollectionInfo[]; readonly cursor: string | null }

/** A page of a listing, in id order. */
export type PageRequest = ReadRequest & {
  /** `cursor` of the page before. Default: the first page. */
  readonly cursor?: string
  /** Documents on the page, 1 to 1,000. Default: 100. */
  readonly limit?: number
}

/** `cursor` brings the next page; null after the last. */
export type DocumentPage = { readonly documents: readonly JsonObject[]; readonly cursor: string | null }

/** A text of at most 65,536 characters to analyze as a field does, or as a language does. At most one of them; default: English. */
export type AnalyzeRequest = { readonly text: string; readonly field?: string; readonly language?: string }

/** A term that analysis makes of a text. */
export type TokenReport = {
  /** The term as it is indexed. */
  readonly term: string
  /** The word, folded but not stemmed. */
  readonly form: string
  /** Number of words before the word, from 0. */
  readonly position: number
  /** Where the word stands: from `start` to before `end`, in UTF-16 code units. */
  readonly start: number
  readonly end: number
  /** Whether queries leave the word out. */
  readonly stop_word: boolean
}

/** How many documents match, and what was read to count them. */
export type CountAnswer = {
  readonly count: number
  readonly shards: ShardsReport
  readonly snapshot: SnapshotReport
  readonly session: string
}

/** A snapshot of a collection. */
export type SnapshotInfo = {
  readonly name: string
  /** The version of each shard that it keeps, as `at_version` takes them. */
  readonly versions: readonly number[]
  /** In ISO 8601. */
  readonly created_at: string
}

/** Something that a collection held: at given versions, at a moment, or in a snapshot. At most one of them. */
export type PastRequest = Pick<ReadRequest, 'at_version' | 'at_time' | 'snapshot'>

/** The name of a branch, and what it begins with. Default: what the collection holds now. */
export type BranchRequest = PastRequest & { readonly name: string }

/** What compacting a collection did to each of its shards. */
export type CompactAnswer = {
  readonly shards: readonly {
    readonly shard: number
    readonly segments_before: number
    readonly segments_after: number
    readonly bytes_before: number
    readonly bytes_after: number
  }[]
}
