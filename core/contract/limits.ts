const MEGABYTE = 1024 * 1024

/** What the body of a request may hold. Both limits hold before the body is parsed. */
export type BodySize = {
  /** Most bytes, unpacked. */
  readonly bytesMax: number
  /** Most JSON values, objects and lists included. */
  readonly valuesMax: number
}

/** Requests that carry no documents: a filter of 65,536 values or 10,000 ids of 512 bytes fit in. */
export const REQUEST_SIZE: BodySize = { bytesMax: 8 * MEGABYTE, valuesMax: 131_072 }
/** Requests that carry one document or patch. */
export const DOCUMENT_SIZE: BodySize = { bytesMax: 8 * MEGABYTE, valuesMax: 1_048_576 }
/** Requests that carry a batch of documents. */
export const BATCH_SIZE: BodySize = { bytesMax: 32 * MEGABYTE, valuesMax: 4_194_304 }

/** Most documents, operations or ids of one batch. */
export const BATCH_DOCUMENTS_MAX = 10_000
/** Most collections of a page. */
export const COLLECTIONS_MAX = 1_000
/** Longest text to analyze, in UTF-16 units. */
export const ANALYZED_CHARACTERS_MAX = 65_536
/** Longest name of a field with its sign and boost, in UTF-16 units. */
export const NAME_CHARACTERS_MAX = 512
/** Most keys that a search sorts by. */
export const SORT_KEYS_MAX = 16
/** Longest cursor, in UTF-16 units. */
export const CURSOR_CHARACTERS_MAX = 4_096
/** Longest query, in bytes of UTF-8. */
export const QUERY_BYTES_MAX = 32_768
/** Conditions of the filters of one request. */
export const FILTER_CONDITIONS_MAX = 1_024
/** Filters in one another. */
export const FILTER_DEPTH_MAX = 32
/** Values of all lists in the filters of one request. */
export const FILTER_VALUES_MAX = 65_536
/** Longest session, in UTF-16 units. */
export const SESSION_CHARACTERS_MAX = 16_384
/** Most tokens of one session. */
export const SESSION_TOKENS_MAX = 64
/** Shards of one collection. */
export const SHARDS_MAX = 256
/** Searches of one multi_search. */
export const SEARCHES_MAX = 16

/** Most hits of one answer, and most documents of one page of a listing. */
export const LIMIT_MAX = 1_000
/** Hits of a page that asks for no number of them. */
export const LIMIT_DEFAULT = 10
/** Documents of a page of a listing that asks for no number of them. */
export const LISTING_LIMIT_DEFAULT = 100
/** offset + limit: beyond it every shard would have to keep too many candidates. */
export const OFFSET_MAX = 10_000
/** Milliseconds after which a shard that has not answered is left out, unless a request or collection says otherwise. */
export const TIMEOUT_MS_DEFAULT = 10_000
/** Most milliseconds that a search may wait for its shards. */
export const TIMEOUT_MS_MAX = 600_000
