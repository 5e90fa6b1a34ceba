/** Number of a field in its collection: dense from 0 and never reused. Segments identify fields by number. */
export type FieldNumber = number

/** Where stop words are removed: from queries (outside phrases), from the index, or nowhere. */
export type StopWords = 'query' | 'index' | 'none'

/** A field of a schema, with all defaults. A kind of field may add its own options as further properties. */
export type Field = {
  readonly number: FieldNumber
  /** The dotted path of the field. */
  readonly name: string
  /** The name of the field's kind: see kinds.ts. */
  readonly type: string
  /** False for values that are only stored. */
  readonly index: boolean
  /** Whether the field has a column, for ranges and sorting. */
  readonly column: boolean
  /**
   * Whether a text field also keeps exact values of up to {@link KEYWORD_BYTES_MAX} bytes, for filters and sorting.
   */
  readonly keywords: boolean
  /** Whether a value that does not fit is stored but not indexed, as in fields that a document added. */
  readonly dynamic: boolean
  /** For text fields: the language whose stemmer and stop words apply; `none` only folds. */
  readonly language: string
  readonly stopWords: StopWords
  readonly k1: number
  readonly b: number
  readonly normalizer: 'none' | 'lowercase'
}

/** Maximum bytes of a text value that is also kept as a keyword; longer values are only analysed. */
export const KEYWORD_BYTES_MAX = 256

/** An indexable value: dates as epoch milliseconds, integers beyond 2^53 as bigint. */
export type FieldValue = string | number | bigint | boolean

/** The indexable values of one field of one document, in the order of the document; never empty. */
export type FieldValues = {
  readonly field: Field
  readonly values: readonly FieldValue[]
  /** Per value: the index of its element in the outermost array of objects around it. If absent, all are 0. */
  readonly elements?: readonly number[] | undefined
}
