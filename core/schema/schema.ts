/** Number of a field within its collection: dense from 0, never reused, what segments are keyed by. */
export type FieldNumber = number

export type FieldType = 'text' | 'keyword' | 'integer' | 'float' | 'boolean' | 'date' | 'object' | 'json'

/** When stop words are left out: of queries (outside phrases), of the index, or never. */
export type StopWords = 'query' | 'index' | 'none'

/**
 * One field, with every default filled in. `name` is the dotted path.
 *
 * `keywords` says that a text field also keeps its exact values of up to
 * {@link KEYWORD_BYTES_MAX} bytes, so that it can be filtered and sorted.
 */
export type Field = {
  readonly number: FieldNumber
  readonly name: string
  readonly type: FieldType
  /** False for values that are only stored. */
  readonly index: boolean
  /** Whether a column for ranges and sorting is kept; of a text field, the same as `keywords`. */
  readonly column: boolean
  readonly keywords: boolean
  /** Added by a document rather than declared: a value that does not fit is kept and not indexed. */
  readonly dynamic: boolean
  /** Text: name of the language whose stemmer and stop words apply; `none` only folds. */
  readonly language: string
  readonly stopWords: StopWords
  readonly k1: number
  readonly b: number
  readonly normalizer: 'none' | 'lowercase'
}

/** A field name with its weight in a query. */
export type WeightedField = { readonly name: string; readonly boost: number }

/** One immutable version of a collection's schema. Versions are dense from 1. */
export type Schema = {
  readonly version: number
  readonly dynamic: boolean | 'strict'
  /** In field-number order. Of objects the leaves are listed; the object itself only if it was declared without any. */
  readonly fields: readonly Field[]
  /** Absent: every text field, boost 1. */
  readonly defaultFields: readonly WeightedField[] | undefined
}

/** Longest value of a text field that is also kept as a keyword; longer ones are only analysed. */
export const KEYWORD_BYTES_MAX = 256

/** Fields of a collection, those that documents added included. */
export const FIELDS_MAX = 1_000

/** Longest dotted name of a field. */
export const FIELD_NAME_BYTES_MAX = 256

/** A value as it is indexed: dates as epoch milliseconds, integers beyond 2^53 as bigint. */
export type FieldValue = string | number | bigint | boolean

/** The indexable values of one field of one document, in the order of the document; never empty. */
export type FieldValues = { readonly field: Field; readonly values: readonly FieldValue[] }

/**
 * The three dictionaries that a field may have: analysed terms, exact values
 * (of keyword fields, and of text fields with `keywords`), and words as they were
 * written, where that differs from their terms.
 */
export type Lane = 'text' | 'keyword' | 'form'
