import type { FieldNumber, FieldValue } from '../../fields/field.ts'

/** At most one lower and one upper bound: numbers, bigints, or strings in UTF-8 byte order. */
export type Bounds = {
  readonly gt?: FieldValue
  readonly gte?: FieldValue
  readonly lt?: FieldValue
  readonly lte?: FieldValue
}

/**
 * A query with resolved fields and analysed words: everything that scoring needs, and the input of both the executor and the
 * oracle.
 *
 * `boost` multiplies a clause's score. Scores are added in the order of clauses.
 */
export type Clause =
  /** Every document, score 1 × boost. */
  | { readonly kind: 'all'; readonly boost: number }
  | { readonly kind: 'none' }
  /** A term of a text field, scored by BM25. */
  | { readonly kind: 'term'; readonly field: FieldNumber; readonly term: string; readonly boost: number }
  /** A keyword's exact value, score 1 × boost. */
  | { readonly kind: 'keyword'; readonly field: FieldNumber; readonly value: string; readonly boost: number }
  /**
   * At least two terms of one text field, with ascending positions relative to the first term's, 0.
   * A match has one occurrence of each term. From the position of each occurrence, subtract the term's position here; the
   * match's distance, at most `slop`, is the largest difference minus the smallest. Only minimal matches count: those whose
   * span contains no other match. See docs/ranking.md.
   */
  | {
      readonly kind: 'phrase'
      readonly field: FieldNumber
      readonly terms: readonly { readonly term: string; readonly position: number }[]
      readonly slop: number
      readonly boost: number
    }
  /** Words (or keyword values) that match `pattern`. The score is 1 × boost, no matter how many match. */
  | {
      readonly kind: 'pattern'
      readonly field: FieldNumber
      readonly lane: 'text' | 'keyword'
      readonly pattern: WordPattern
      readonly boost: number
    }
  /** Words within `distance` edits with the same first letter. Score: the best variant's BM25 × (1 − its distance / length of `form`). */
  | {
      readonly kind: 'fuzzy'
      readonly field: FieldNumber
      readonly form: string
      readonly distance: 1 | 2
      /** The most variants. */
      readonly variants: number
      readonly boost: number
    }
  /** Values of a column (or keyword dictionary) within bounds, score 1 × boost. */
  | { readonly kind: 'range'; readonly field: FieldNumber; readonly bounds: Bounds; readonly boost: number }
  | { readonly kind: 'exists'; readonly field: FieldNumber; readonly boost: number }
  /** One clause of the user in several fields. Score: the sum of the fields' scores, or the best of them. */
  | {
      readonly kind: 'fields'
      readonly mode: 'sum' | 'best'
      readonly clauses: readonly Clause[]
      readonly boost: number
    }
  /**
   * Matches if every `must` and no `must_not` matches and, without any `must`, at least one `should`. Score: the sum of the
   * matching `must` and `should` parts. There is always a `must` or a `should`: a query of negatives gets an `all` with boost 0
   * as its `must`.
   */
  | { readonly kind: 'bool'; readonly parts: readonly BoolPart[]; readonly boost: number }

/** A clause of a boolean query, and whether documents have to match it. */
export type BoolPart = { readonly occur: 'must' | 'should' | 'must_not'; readonly clause: Clause }

/** A prefix, or a wildcard pattern in which `*` stands for any characters and `?` for one code point. */
export type WordPattern =
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'wildcard'; readonly parts: readonly (string | '*' | '?')[]; readonly literal: readonly boolean[] }

/** A condition without a score. Fields are resolved; values are converted to the field's type. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  /** Any of the document's values equals any of these, which are strings for keyword lanes. */
  | { readonly kind: 'in'; readonly field: FieldNumber; readonly values: readonly FieldValue[] }
  /** The document's values include every one of these. */
  | { readonly kind: 'contains_all'; readonly field: FieldNumber; readonly values: readonly FieldValue[] }
  /** At least one value of the document is within all bounds. */
  | { readonly kind: 'range'; readonly field: FieldNumber; readonly bounds: Bounds }
  | { readonly kind: 'prefix'; readonly field: FieldNumber; readonly prefix: string }
  | { readonly kind: 'exists'; readonly field: FieldNumber }
  /** The document's id is one of these. */
  | { readonly kind: 'ids'; readonly ids: readonly string[] }

/** One key of the order of hits. Missing values come last in either direction. */
export type SortKey =
  | { readonly kind: 'score' }
  | { readonly kind: 'id'; readonly descending: boolean }
  | { readonly kind: 'field'; readonly field: FieldNumber; readonly descending: boolean }
