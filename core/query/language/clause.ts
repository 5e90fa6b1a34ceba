import type { FieldNumber, FieldValue } from '../../fields/field.ts'

/** Lower and upper bounds; at most one of each side. Numbers, bigints, or strings in UTF-8 byte order. */
export type Bounds = {
  readonly gt?: FieldValue
  readonly gte?: FieldValue
  readonly lt?: FieldValue
  readonly lte?: FieldValue
}

/**
 * A query with its fields resolved and its words analysed: all that scoring
 * needs to know, and what the executor and the oracle both take.
 *
 * `boost` multiplies a clause's score. Scores add up in the order of clauses here.
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
   * Terms of one text field at positions relative to the first's (0), ascending; at least two.
   * A match takes an occurrence of each; its distance, at most `slop`, is the difference between the
   * greatest and the least of their positions, each less its term's position here. Only minimal
   * matches count: those within whose span no other match lies. See docs/ranking.md.
   */
  | {
      readonly kind: 'phrase'
      readonly field: FieldNumber
      readonly terms: readonly { readonly term: string; readonly position: number }[]
      readonly slop: number
      readonly boost: number
    }
  /** Words (or keyword values) that match `pattern`, score 1 × boost however many match. */
  | {
      readonly kind: 'pattern'
      readonly field: FieldNumber
      readonly lane: 'text' | 'keyword'
      readonly pattern: WordPattern
      readonly boost: number
    }
  /** Words within `distance` edits, the first letter kept: the best expansion's BM25 × (1 − distance / length of `form`). */
  | {
      readonly kind: 'fuzzy'
      readonly field: FieldNumber
      readonly form: string
      readonly distance: 1 | 2
      /** Expansions at most. */
      readonly variants: number
      readonly boost: number
    }
  /** Values of a column (or keyword dictionary) within bounds, score 1 × boost. */
  | { readonly kind: 'range'; readonly field: FieldNumber; readonly bounds: Bounds; readonly boost: number }
  | { readonly kind: 'exists'; readonly field: FieldNumber; readonly boost: number }
  /** One clause of the user's, tried in several fields: the sum of their scores, or the best one. */
  | {
      readonly kind: 'fields'
      readonly mode: 'sum' | 'best'
      readonly clauses: readonly Clause[]
      readonly boost: number
    }
  /**
   * Matches where every `must` does and no `must_not`; and, if there is no `must`, at least one
   * `should`. Score: the sum of matching `must` and `should`. There is always one of them: a query
   * of negatives only has an `all` with boost 0 as its `must`.
   */
  | { readonly kind: 'bool'; readonly parts: readonly BoolPart[]; readonly boost: number }

/** A clause of a boolean query, and whether documents have to match it. */
export type BoolPart = { readonly occur: 'must' | 'should' | 'must_not'; readonly clause: Clause }

/** A prefix, or a wildcard pattern in which `*` stands for any characters and `?` for one code point. */
export type WordPattern =
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'wildcard'; readonly parts: readonly (string | '*' | '?')[]; readonly literal: readonly boolean[] }

/** A condition that a document meets or does not; never scored. Fields are resolved, values converted to the field's type. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  /** Any of the document's values equals any of these. On keyword lanes, strings. */
  | { readonly kind: 'in'; readonly field: FieldNumber; readonly values: readonly FieldValue[] }
  /** The document's values include every one of these. */
  | { readonly kind: 'contains_all'; readonly field: FieldNumber; readonly values: readonly FieldValue[] }
  /** One and the same value of the document is within all bounds. */
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
