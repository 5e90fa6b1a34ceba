/**
 * A query as it was written, before fields and words mean anything. `at` is
 * where a part begins, in UTF-16 units of the query.
 */
export type QueryNode =
  /** `fuzzy` as in `mach~1`; `auto` as in `mach~`. */
  | { readonly kind: 'word'; readonly text: string; readonly fuzzy: 'none' | 'auto' | 1 | 2; readonly at: number }
  | { readonly kind: 'phrase'; readonly text: string; readonly slop: number; readonly at: number }
  /** Literal text in turn with `*` and `?`. */
  | { readonly kind: 'pattern'; readonly parts: readonly PatternPart[]; readonly at: number }
  /** Only in a field. An open end has neither of its bounds. */
  | { readonly kind: 'range'; readonly bounds: TextBounds; readonly at: number }
  /** `field:*` */
  | { readonly kind: 'exists'; readonly at: number }
  /** `*` */
  | { readonly kind: 'all'; readonly at: number }
  | { readonly kind: 'field'; readonly name: string; readonly node: QueryNode; readonly at: number }
  | { readonly kind: 'boost'; readonly boost: number; readonly node: QueryNode }
  | { readonly kind: 'not'; readonly node: QueryNode }
  | { readonly kind: 'and' | 'or'; readonly nodes: readonly QueryNode[] }
  | { readonly kind: 'sequence'; readonly items: readonly SequenceItem[] }

/** One of several clauses next to each other. `operator` decides whether `bare` ones must match. */
export type SequenceItem = { readonly occur: 'must' | 'must_not' | 'bare'; readonly node: QueryNode }

/** A part of a wildcard pattern: text, any characters, or one character. */
export type PatternPart = { readonly kind: 'literal'; readonly text: string } | { readonly kind: '*' | '?' }

/** Bounds of a range as they were written. */
export type TextBounds = { readonly gt?: string; readonly gte?: string; readonly lt?: string; readonly lte?: string }
