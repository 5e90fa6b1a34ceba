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
