/** Number of a field within its collection: dense from 0, never reused, what segments are keyed by. */
export type FieldNumber = number

/** When stop words are left out: of queries (outside phrases), of the index, or never. */
export type StopWords = 'query' | 'index' | 'none'

/** One field, with every default filled in. A kind of field may keep further options of its own here. */
export type Field = {
  readonly number: FieldNumber
  /** The dotted path. */
  readonly name: string
  /** The name of its kind, see kinds.ts. */
  readonly type: string
  /** False for values that are only stored. */
  readonly index: boolean
  /** Whether a column for ranges and sorting is kept. */
  readonly column: boolean
  /**
   * Whether a text field also keeps its exact values of up to {@link KEYWORD_BYTES_MAX} bytes, so that it can
   * be filtered and sorted.
   */
  readonly keywords: boolean
  /** Whether a document added the field: a value that does not fit is then kept, and not indexed. */
  readonly dynamic: boolean
  /** Text: name of the language whose stemmer and stop words apply; `none` only folds. */
  readonly language: string
  readonly stopWords: StopWords
  readonly k1: number
  readonly b: number
  readonly normalizer: 'none' | 'lowercase'
}

/** Longest value of a text field that is also kept as a keyword; longer ones are only analysed. */
export const KEYWORD_BYTES_MAX = 256

/** A value as it is indexed: dates as epoch milliseconds, integers beyond 2^53 as bigint. */
export type FieldValue = string | number | bigint | boolean

/** The indexable values of one field of one document, in the order of the document; never empty. */
export type FieldValues = {
  readonly field: Field
  readonly values: readonly FieldValue[]
  /** Per value the number of the element that it is of, in the outermost array of objects that it is in. Absent: all are of element 0. */
  readonly elements?: readonly number[] | undefined
}
