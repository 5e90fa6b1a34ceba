const MEGABYTE = 1024 * 1024

/** Limits of a request body. Both are checked before the body is parsed. */
export type BodySize = {
  /** Maximum bytes, uncompressed. */
  readonly bytesMax: number
  /** Maximum JSON values, counting objects and lists. */
  readonly valuesMax: number
}

/** Requests without documents: enough for a filter of 65,536 values, or 10,000 ids of 512 bytes. */
export const REQUEST_SIZE: BodySize = { bytesMax: 8 * MEGABYTE, valuesMax: 131_072 }
/** Requests with one document or patch. */
export const DOCUMENT_SIZE: BodySize = { bytesMax: 8 * MEGABYTE, valuesMax: 1_048_576 }
/** Requests with a batch of documents. */
export const BATCH_SIZE: BodySize = { bytesMax: 32 * MEGABYTE, valuesMax: 4_194_304 }

/** Maximum documents, operations or ids of a batch. */
export const BATCH_DOCUMENTS_MAX = 10_000
/** Maximum collections of a page. */
export const COLLECTIONS_MAX = 1_000
/** Maximum length of a text to analyze, in UTF-16 units. */
export const ANALYZED_CHARACTERS_MAX = 65_536
/** Maximum length of a field name with its sign and boost, in UTF-16 units. */
export const NAME_CHARACTERS_MAX = 512
/** Maximum sort keys of a search. */
export const SORT_KEYS_MAX = 16
/** Maximum length of a cursor, in UTF-16 units. */
export const CURSOR_CHARACTERS_MAX = 4_096
/** Maximum length of a query, in bytes of UTF-8. */
export const QUERY_BYTES_MAX = 32_768
/** Maximum conditions in the filters of a request. */
export const FILTER_CONDITIONS_MAX = 1_024
/** Maximum nesting of filters. */
export const FILTER_DEPTH_MAX = 32
/** Maximum values of all lists in the filters of a request. */
export const FILTER_VALUES_MAX = 65_536
/** Maximum length of a session, in UTF-16 units. */
export const SESSION_CHARACTERS_MAX = 16_384
/** Maximum tokens of a session. */
export const SESSION_TOKENS_MAX = 64
/** Maximum shards of a collection. */
export const SHARDS_MAX = 256
/** Maximum searches of a multi_search. */
export const SEARCHES_MAX = 16

/** Maximum hits of an answer, and maximum documents of a page of a listing. */
export const LIMIT_MAX = 1_000
/** Default number of hits of an answer. */
export const LIMIT_DEFAULT = 10
/** Default number of documents of a page of a listing. */
export const LISTING_LIMIT_DEFAULT = 100
/** Maximum of offset + limit: beyond it, every shard would have to keep too many candidates. */
export const OFFSET_MAX = 10_000
/** Default milliseconds after which a search omits a shard that has not answered. */
export const TIMEOUT_MS_DEFAULT = 10_000
/** Maximum milliseconds that a search may wait for its shards. */
export const TIMEOUT_MS_MAX = 600_000
/** Default maximum age, in milliseconds, of what a `bounded` read sees. */
export const STALENESS_MS_DEFAULT = 5000
